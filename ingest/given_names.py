"""Common given names, with the pronoun that usually goes with them, and the words that show a name is no person.

Rules cannot know that "Karen Lim" is a person and "Black Friday" is not; a few hundred given names and the nouns
that head the names of institutions and places settle most cases. A name in neither table is not lost:
`ingest.people` also accepts titles, ages, roles and a surname used alone. Names that are as often used for women as for
men are in neither gender's set but in `EITHER`.
"""

from __future__ import annotations

MALE = frozenset(
    """
    aaron abdul abdullah abraham adam adrian ahmad ahmed alan albert alberto alejandro alexander alfred ali
    allen alvin amir anders andre andreas andres andrew andy angelo anthony antonio antony anwar arnold arthur
    austin barack barry ben benjamin benny bernard bernie bill billy bob bobby boris brad bradley brandon
    brendan brett brian bruce bruno bryan byron caleb calvin cameron carl carlos cesar chad charles charlie
    christian christopher chuck claude clarence clark clive cody colin connor corey craig curtis cyril dale
    damian dan daniel danny darren dave david dean denis dennis derek diego dmitry dominic don donald doug
    douglas duncan dustin dwight dylan ed eddie edgar eduardo edward edwin eli elias elliot elliott elon
    emmanuel enrique eric erik ernest ethan eugene evan fabio felix ferdinand fernando francisco frank franklin
    fred frederick fumio gabriel gareth gary gavin geoff geoffrey george gerald gerard gilbert giovanni glenn
    gordon graham grant greg gregory guillermo gustavo guy harold hank harry hassan hector henry herbert hiroshi
    howard hugh hugo hussein ian ibrahim igor isaac ivan jack jackson jacob jacques jake jamal james jason
    javier jay jeff jeffrey jeremy jerome jerry jesse jim jimmy jin joe joel johan john johnny jonas jonathan
    jordan jorge jose josé joseph josh joshua juan julian julio justin karl keith keir kenji kenneth ken kent
    kevin khalid kirk klaus kurt kyle lance larry lars lawrence lee leo leon leonard leonardo lewis liam lionel
    lloyd logan lorenzo louis lucas luis luke magnus mahmoud malcolm marc marcel marco marcus mario mark markus
    marshall martin marvin mason mateo matt matteo matthew maurice max michael miguel mike mikhail milan mitch
    mitchell mohamed mohammad mohammed moses muhammad mustafa nathan nathaniel neal neil nelson nicholas nick
    nicolas nigel noah noam norman oleg oliver omar oscar osama otto owen pablo patrick paul pedro percy pete
    peter phil philip philippe phillip pierre prince rafael rahul raj rajesh ralph ramon randy raphael rashid
    raul ray raymond ricardo richard rick ricky rishi rob robert roberto rodney rodrigo roger roland ron ronald
    ross roy ruben russell ryan sal salman salvador samuel sanjay santiago satya scott sean sebastian sergei
    sergey sergio seth shane shaun shawn shigeru shinzo simon spencer stan stanley stefan stephen steve steven
    stewart stuart sundar sven ted terrence terry theodore thomas tim timothy toby todd tom tommy tony travis
    trevor troy tyler vernon victor vikram vince vincent viktor vladimir volodymyr walter warren wayne wesley
    will william winston xavier yann yasir yoshihide yuri yusuf zachary zack toshi takashi satoshi akira
    jin-young ferdinand bongbong narendra joko benigno rodrigo
    """.split()
)

FEMALE = frozenset(
    """
    abigail adriana agnes aisha alexandra alexis alice alicia alison allison alyssa amanda amber amelia amy ana
    anastasia andrea angela angelina anita ann anna anne annie antonia april ariana ashley astrid audrey ava
    barbara beatrice becky bella bernadette beth betsy betty bianca bonnie brenda bridget britney brittany
    camila camilla carla carmen carol carole caroline carolyn catherine cathy cecilia celine charlotte chelsea
    cheryl chloe christina christine cindy claire clara claudia colleen constance courtney crystal cynthia daisy
    daniela danielle daphne dawn debbie deborah debra denise diana diane dolores donna dora doris dorothy edith
    eileen elaine eleanor elena elisa elise elizabeth ella ellen emilia emily emma erica erin esther eva eve
    evelyn fatima felicia fiona florence frances gabriela gabriella gail genevieve georgia geraldine giorgia
    gina gisele gloria grace greta gretchen gwen hannah harriet hazel heather heidi helen helena hilary hillary
    holly ingrid irene iris isabel isabella ivanka jacinda jackie jacqueline jamila jane janet janice jasmine
    jean jeanne jennifer jenny jessica jill joan joanna joanne jocelyn josephine joy joyce juanita judith judy
    julia juliana julie june kamala karen karin karine katarina kate katherine kathleen kathryn kathy katie
    katrina kayla kelly kendra kerry kim kimberly kirsten kristen kristin kristina lara laura lauren leah leila
    lena leslie leticia lily linda lisa liz lois lori lorraine louise lucia lucy lydia lynn madeleine madison
    mai maggie marcia margaret maria marianne marie marilyn marina marjorie martha mary maureen megan meghan
    melanie melinda melissa mercedes meredith mia michelle mikayla mildred miranda molly monica nadia nancy
    naomi natalia natalie natasha nicola nicole nina nora noriko norma olga olivia paige pamela patricia patty
    paula pauline penelope penny phoebe phyllis priya priscilla rachel rebecca regina renee rhonda rita roberta
    rosa rose rosemary roxanne ruth sabrina sally samantha sandra sara sarah selena serena shannon sharon sheila
    shelley sherry shirley silvia simone sofia sonia sophia sophie stacy stella stephanie sue susan suzanne
    sylvia tamara tammy tanya tara taylor teresa theresa tiffany tina tracy ursula valerie vanessa vera veronica
    victoria viola violet virginia vivian wanda wendy whitney winnie yoko yolanda yuko yvette yvonne zara zoe
    """.split()
)

EITHER = frozenset(
    """
    alex ari ash avery blair cameron casey chris dana drew eden emery frankie hayden jaime jamie jessie jo jules
    kai kendall kris lane lou mackenzie morgan nicky pat quinn reese riley robin rory rowan sam sasha shay
    sidney skyler stevie sydney tatum toni val wei li ming xi yi kyung min sun jae hyun chen wang zhang liu yang
    """.split()
)

NOT_A_PERSON = frozenset(
    """
    academy act administration affairs africa agency agreement air airlines airport alliance america american
    apple army asia associated association authority avenue awards bank banks bay beach board books bowl bridge
    broadcasting brothers bureau business cabinet campaign capital care center centers central centre
    championship chamber church circuit city club coalition coast code college commission committee
    communications community company conference congress constitution corp corporation council county court cup
    daily day defence defense deal department development digital district division doctrine dome east eastern
    economic education elections energy enterprise entertainment europe exchange express federal federation
    festival field finance financial fleet football force forces forum foundation friday fund games garden
    gallery general global gold government great group guard gulf hall health high hill holdings hospital hotel
    house hub images inc index indo-pacific industries initiative institute institution intelligence
    international island islands journal justice kingdom lab laboratories laboratory labs lake law league
    library limited line live llc local ltd magazine mail mall market markets marine media medical memorial
    middle mile military ministry mission monday mount mountain mountains municipal museum music nation national
    nations navy network new news newspaper north northern ocean office official online open opera orchestra
    organisation organization pacific pact parade park parliament partners partnership party peninsula photo
    pictures plan plaza police policy port post power premier press prime prize program project province public
    radio railway red regiment region republic research reserve resort review ridge river road room royal santa
    school schools sciences sea secretariat security senate series service services show society solutions south
    southern space square stadium state states station stock store strait strategic street studies studio
    studios summit sunday super supreme system systems team technologies technology theater theatre times tower
    trade treasury treaty tribune tribunal trophy trust union united university valley virtual wall war
    washington weekly west western white wire world xbox year york zone thursday tuesday wednesday saturday
    january february march july august september october november december article chapter section part page
    photograph breaking editor editors update ai
    """.split()
)

# Words of `NOT_A_PERSON` that are also surnames: after a given name they are one ("Jonah Hill").
ALSO_SURNAMES = frozenset(
    """
    banks bay bridge church field ford forbes gates gray hall hill house lake law league miles north park parks
    post power prince price rivers road royal sands show stone street summers walls ward waters west wood woods
    young
    """.split()
)
