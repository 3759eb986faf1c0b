"""The phrases of boilerplate: each rule is one line's pattern and the length beyond which it is taken for prose."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NETWORK = (
    r"(?:facebook|twitter|x|instagram|linkedin|whats\s?app|telegram|reddit|pinterest|"
    r"youtube|tiktok|threads|bluesky|"
    r"mastodon|flipboard|tumblr|messenger|google news|apple news|snapchat|rss|e-?mail|"
    r"print|share|tweet|copy link|"
    r"link copied!?|save|comments?)"
)
_AGENCY = (
    r"(?:AP|AFP|EPA|EFE|UPI|PA|PTI|ANI|dpa|Reuters|Bloomberg|Getty(?: Images)?|"
    r"Shutterstock|Xinhua|Kyodo|Jiji|Alamy|"
    r"Anadolu|Zuma(?: Press)?|Imago|Sipa|NurPhoto|iStock\w*|Unsplash|AAP|Rex|POOL|Pool|Handout|"
    r"Associated Press|[\w .’']{2,30} via [\w .’']{2,30})"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A line is boilerplate when `pattern` is found in it and it has at most `max_chars` characters."""

    pattern: re.Pattern[str]
    max_chars: int


def _rule(pattern: str, max_chars: int, *, cased: bool = False) -> Rule:
    return Rule(re.compile(pattern, 0 if cased else re.IGNORECASE), max_chars)


# A line that ends in an agency's picture credit: "(Mandel Ngan/AFP via Getty Images)", "(AP Photo/Susan Walsh)".
CAPTION = re.compile(
    rf"\((?:[^()/]{{2,60}}/ ?)+{_AGENCY}[^()]{{0,40}}\)\.?$"
    rf"|\((?:AP|Reuters|AFP) (?:Photo|Images?)\b[^()]{{0,60}}\)\.?$"
    rf"|\((?:(?:file )?photo|image|picture|credit|photograph|illustration)s?(?: credit|"
    rf" courtesy)?(?: by|:| via| of)[^()]{{2,80}}\)\.?$"
    rf"|\((?:via )?(?:Getty Images|AFP|Reuters|Shutterstock|iStock\w*|[^()]{{2,40}} via [^()]{{2,40}})\)\.?$"
    r"|\|[\w .’'|/]{0,60}\b(?:Reuters|Getty Images|AFP|Bloomberg|Associated Press|AP)$",
    re.IGNORECASE,
)
CREDIT_ABOVE_CAPTION = re.compile(
    r"^(?:[A-Z][\w.&’'-]* ){0,4}(?:Photos?|Images?|Picture|Video|Graphic|Illustration|Screenshot)$"
)

COMMENTS_HEADING = re.compile(r"^(?:[1-9]\d{0,4} comments?|comments \([1-9]\d{0,4}\))$", re.IGNORECASE)

LONGEST_LINE = 800

RULES: tuple[Rule, ...] = (
    # advertising
    _rule(
        r"^(?:advertisements?|advertisment|ads?|ad feedback|sponsored(?: content)?|"
        r"promoted(?: content)?|paid post)\W*$",
        40,
    ),
    _rule(r"^(?:advertisement\W+)?(?:story|article|content) continues (?:below|after)\b.{0,40}$", 80),
    _rule(
        r"\bwe (?:may|might|can) (?:earn|receive|get|make)\b.{0,40}\b(?:commissions?|fees?|"
        r"money)\b.*$",
        400,
    ),
    # comments
    _rule(r"^(?:no|\d+) comments?(?: yet| so far)?(?: \d+)?\W*$", 40),
    _rule(r"^no tags\b(?: \d+)?(?: comments?)?(?: \d+)?\W*$", 60),
    _rule(r"^(?:leave|post|add) (?:a|your) (?:comment|reply)\b.{0,40}$", 60),
    _rule(
        r"^(?:(?:view|show|read|see|join)(?: all| the)? (?:comments|conversation)|"
        r"comments are closed)\b.{0,12}$",
        60,
    ),
    # sharing and following
    _rule(r"^(?:share|tweet|print|copy link|link copied!?|share (?:this|on|via|with)\b.{0,50})\W*$", 60),
    _rule(rf"^{_NETWORK}(?:\W+{_NETWORK})+\W*$", 160),
    _rule(
        rf"^(?:you can )?(?:follow|find|connect with|join) (?:us|@\w+|(?:him|her|them|"
        rf"me)(?= on))\b.{{0,60}}\b{_NETWORK}\b.{{0,60}}$",
        160,
    ),
    _rule(r"^(?:follow|like) us(?: (?:on|for)\b.{0,60}(?<![.])|\W*)$", 100),
    _rule(
        r"^(?:join the (?:conversation|discussion)|(?:log|sign) ?in to (?:leave a |"
        r"post a )?comment)\b",
        160,
    ),
    _rule(r"^scroll (?:down )?to continue\b.{0,30}$", 60),
    _rule(
        r"^.{0,40}\b(?:newsletter|facebook|twitter|share|print|e-?mail|comment|play|close|"
        r"search|menu) icon$",
        60,
    ),
    # elsewhere on the site
    _rule(
        r"^(?:related|recommended|most (?:read|popular|viewed)|trending(?: now| stories)?|"
        r"read (?:more|next|also|full (?:article|story))|also read|see (?:also|more)|"
        r"show more|load more|continue reading|more (?:stories|on this(?: story)?|like this|"
        r"coverage|to read)|editor[’']?s[’']? picks?|"
        r"you (?:may|might) (?:also )?like|up next|don[’']t miss|skip (?:to|past) .{3,40}|"
        r"back to top|watch (?:now|live)|listen to (?:this|the) (?:article|story)|"
        r"related (?:articles?|stories|story|coverage|pages|topics|posts|content|news|links|"
        r"reading|video)|recommended (?:stories|reading|for you)|story highlights)"
        r"\s*:?\W{0,3}$",
        60,
    ),
    _rule(
        r"^(?:Related|RELATED|Read (?:more|also|next|More|Also)|READ (?:MORE|ALSO|NEXT)|"
        r"Also [Rr]ead|ALSO READ|See also|SEE ALSO|MORE|Recommended|RELATED (?:STORY|STORIES|"
        r"ARTICLE)|Related (?:story|article))"
        r"\s*[:|»>-]\s*\S.{2,180}(?<![.])$",
        200,
        cased=True,
    ),
    _rule(
        r"^\W*(?:CLICK|TAP) HERE\b[^a-z]{0,120}$|^[^a-z]{0,80}\bCLICK HERE\b[^a-z]{0,120}$", 200, cased=True
    ),
    _rule(r"^(?:tags|topics|filed under|categories|in this (?:article|story))\s*:.{0,200}(?<![.!?])$", 200),
    _rule(r"^jump to (?:a |the )?(?:topic|section)\b", 300),
    _rule(r"^(?:table of contents\b){1,3}(?!.*[.!?]$)", 800),
    # newsletters
    _rule(
        r"^(?:click here to )?(?:please )?(?:sign ?-?up|subscribe|register)(?= (?:to|for|now|"
        r"here|today|and|via|with|below|with)\b)(?!.*\b(?:said|says|"
        r"told)\b)(?=.*\b(?:newsletters?|inbox|our|here|now|today|mailing list|"
        r"e-?mails? (?:list|alerts))\b)"
        r"(?!.*[.!?]\s+\w+.*[.!?]\s+\w)",
        180,
    ),
    _rule(
        r"^(?:Sign up|Subscribe|Register) (?:for|to) (?:[A-Z][\w’'&.-]*|the|and|of|for|"
        r"in)(?: (?:[A-Z][\w’'&-]*|the|and|of|for|in)){0,7}$",
        80,
        cased=True,
    ),
    _rule(
        r"^(?:subscribe(?: now| today| here)?|sign up(?: now| today| here)?|log ?in|sign in|"
        r"newsletters?|subscribe (?:to|for) (?:our|the) newsletter)\W*$",
        50,
    ),
    _rule(
        r"^(?:get|receive|have|join|the|our|all|stay|what|want|start|enjoy|"
        r"your)\b.{0,120}\b(?:delivered|straight|sent|directly|right|lands?|"
        r"in)\b.{0,30}\byour (?:inbox|e-?mail)\b",
        220,
    ),
    _rule(
        r"^by (?:registering|signing up|subscribing|submitting|clicking|entering|providing|"
        r"creating an account)\b.*\b(?:privacy|terms|agree|consent)\b",
        500,
    ),
    _rule(
        r"^(?:sign up|subscribe) (?:to|for) .{2,60}\b(?:briefing|newsletters?|bulletin|digest|"
        r"alerts|updates|e-?mails?)(?<![.])$",
        90,
    ),
    _rule(
        r"^(?:get|try|join|receive) (?:our|the) .{0,60}\bnewsletters?\b(?!.*\b(?:said|says|"
        r"was|were|had)\b)|^enter your e-?mail\b",
        160,
    ),
    _rule(r"^you (?:can|may) unsubscribe\b|^unsubscribe (?:at )?any\s?time\b", 160),
    _rule(r"^welcome to .{3,60}\bsign up here to get it in your inbox\b", 200),
    # notices
    _rule(
        r"^(?:we|this (?:web)?site|our (?:web)?site|by (?:continuing|"
        r"using))\b.{0,40}\bcookies\b(?=.*\b(?:experience|site|website|consent|accept|agree|"
        r"privacy|browser|preferences|analy\w+|policy)\b)",
        500,
    ),
    _rule(
        r"^by (?:continuing to (?:use|browse)|using) (?:this|our) (?:web)?site\b.*\b(?:agree|"
        r"consent|accept)\b",
        400,
    ),
    _rule(
        r"^(?:accept|reject|manage|allow)(?: all)?(?: optional)? (?:cookies?|preferences|"
        r"settings)\b.{0,40}$",
        60,
    ),
    _rule(
        r"^(?:privacy (?:policy|notice)|terms (?:of (?:use|service)|and conditions)|"
        r"cookie (?:policy|settings)|do not sell\b.{0,60}|contact us|about us|"
        r"advertise with us)"
        r"(?:\W+(?:privacy (?:policy|notice)|terms (?:of (?:use|service)|and conditions)|"
        r"cookie (?:policy|settings)|do not sell\b.{0,60}|contact us|about us|"
        r"advertise with us))*\W*$",
        200,
    ),
    _rule(r"^this (?:site|page) is protected by reCAPTCHA\b", 250),
    _rule(r"^(?:©|\(c\) ?\d{4}|copyright (?:©|\(c\)|\d{4}))", 250),
    _rule(r"\ball rights reserved\W*$|^all rights reserved\b", 300),
    _rule(
        r"\bmay not be (?:published|reproduced|republished|copied)\b.{0,80}\b(?:redistributed|"
        r"rewritten|permission|consent)\b",
        400,
    ),
    _rule(r"^our standards: ?the thomson reuters trust principles\W*$", 80),
    _rule(r"\{\{.*\}\}.*\{\{.*\}\}", 800),
    _rule(
        r"^APP USERS CLICK HERE$|^(?:download|get) (?:our|"
        r"the) .{2,40}\bapp\b.{0,40}(?:app store|google play|today|now|here)\W*$",
        140,
    ),
    # pictures
    Rule(CAPTION, 600),
    _rule(r"^(?:Photo|Photograph|Picture|Image|Caption|PHOTO|CAPTION)s?: \S", 400, cased=True),
    _rule(
        r"^(?:Photo(?:graph|s)?|Image|Illustration|Picture|Video|Graphic|Screenshot|"
        r"Photo [Ii]llustration|PHOTO|IMAGE)s?(?: [Cc]redit| [Cc]ourtesy)?"
        r"(?::| by| [Vv]ia)(?: of)?(?: (?:[A-Z0-9@][\w.’'&-]*|/|\||via|for|the|of|and|by|-|"
        r"–),?){1,12}$",
        110,
        cased=True,
    ),
    _rule(
        r"^(?:Credit|CREDIT|Photo [Cc]redit|Image [Cc]redit|"
        r"Picture)s?: ?[A-Z@][\w.’'&/-]*(?:,? (?:via |for |the |of |and )?[A-Z@][\w.’'&/-]*){0,7}$",
        100,
        cased=True,
    ),
    _rule(
        r"^(?:AP Photo|AFP|Getty Images|Reuters)\s?/ ?[A-Z][\w .’'-]{2,40}$|"
        r"^\(?(?:Getty Images|Shutterstock|iStock\w*)\)?$",
        60,
    ),
    _rule(
        r"^[A-Z][\w’'-]+(?: [A-Z][\w’'.-]+){0,3} ?/ ?(?:AP|AFP|Reuters|Getty Images|"
        r"AFP via Getty Images|Bloomberg|EPA|Shutterstock|The Verge|Polygon|Engadget)\W*$",
        80,
        cased=True,
    ),
)

# Only among the first lines: the metadata an article prints above itself.
HEADER_RULES: tuple[Rule, ...] = (
    _rule(r"^by:?$", 4),
    _rule(
        r"^(?:By|BY|Written by|Story by|Reported by):? [A-Z][\w.’'-]*"
        r"(?:(?:,|;| [|/&–—-])? (?:(?:and|AND|of|for|the|de|van|von|la|bin|al) ){0,2}[A-Z][\w.’'-]*){0,11}$",
        120,
        cased=True,
    ),
    _rule(
        r"^(?:(?:first |originally )?published|posted|updated|last (?:updated|modified|"
        r"edited))(?: on| at)?\b\W.{0,100}\b(?:\d{4}|ago|[ap]\.?m\.?)\b.{0,30}(?<![a-z]{3}\.)$",
        140,
    ),
    _rule(r"^\d+[- ]min(?:ute)?s?(?: of)? read(?:ing time)?\W*$|^(?:reading|read) time\b.{0,20}$", 40),
)

# Only after the last paragraph of prose: whose article it was, who helped.
TAIL_RULES: tuple[Rule, ...] = (
    _rule(r"^From (?:The )?[A-Z][\w’'&-]*(?: (?:[A-Z][\w’'&-]*|of|and|the)){1,5}$", 60, cased=True),
    _rule(r"^From the [A-Z][\w’'&-]*(?: (?:[A-Z][\w’'&-]*|of|and|the)){0,5}$", 60, cased=True),
    _rule(r"^Source: ?(?:[A-Z][\w’'&.-]*)(?: (?:[A-Z][\w’'&.-]*|of|and|the)){0,5}$", 70, cased=True),
    _rule(
        r"^[—–-]{1,2} ?(?:By |With )?[A-Z][\w’'&.-]*(?: [A-Z][\w’'&.-]*){0,5}(?: (?:Staff|"
        r"staff|Wire|wire)(?: and wire reports?)?)?\.?$",
        70,
        cased=True,
    ),
    _rule(
        r"^\W*\(?(?:additional |with )?reporting (?:by|from) [^.]{3,200}(?:[.;] ?(?:editing|"
        r"writing|additional reporting) by [^.]{3,120})*\.?\W*$",
        400,
    ),
    _rule(r"^\W*(?:editing|writing) by [^.]{3,120}\.?\W*$", 200),
    _rule(r"^_{2,}$|^[-*]{3,}$|^#{2,}$", 20),
)
