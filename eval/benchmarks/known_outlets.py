"""Names of well-known English-language outlets, beside those of an archive.

A question that the archive cannot answer often names an outlet that the archive does not hold; left in, the name alone
would tell it from the others. None of these words is taken for an outlet unless it stands where an outlet does.
"""

from __future__ import annotations

KNOWN_OUTLETS = tuple(
    " ".join(name.split())
    for name in """
    9to5Google; 9to5Mac; ABC News; Al Jazeera; Android Authority; Android Central; Android Police; AP News;
    AppleInsider; Ars Technica; Axios; BBC; Billboard; Bleacher Report; Bloomberg; Boston Globe;
    Business Insider; Business Standard; BuzzFeed News; CBC; CBS News; CBS Sports; Chicago Tribune; CNBC;
    CNET; CNN; Cricbuzz; Daily Express; Daily Mail; Daily Mirror; Deadline; Deadline Hollywood;
    Deccan Herald; Digital Trends; Economist; Engadget; Entertainment Weekly; ESPN; ESPN Cricinfo;
    ESPNcricinfo; Euronews; Evening Standard; Firstpost; Forbes; Foreign Affairs; Foreign Policy; Fortune;
    Fox Business; Fox News; Fox Sports; Game Informer; GameSpot; Gizmodo; GQ; GSMArena; Guardian;
    Hindustan Times; HuffPost; IGN; India Today; Indian Express; Insider; Kotaku; LA Times; Le Monde;
    Live Mint; Los Angeles Times; MacRumors; Marca; MarketWatch; Mashable; Men's Health; Moneycontrol;
    MSNBC; National Geographic; Nature; NBC News; NBC Sports; NDTV; New Scientist; New York Post; News18;
    Newsweek; Nikkei Asia; NPR; PBS; PBS NewsHour; PC Gamer; PC Magazine; PCMag; People Magazine; Pitchfork;
    Politico; Popular Science; ProPublica; Quartz; Reuters; Rolling Stone; Scientific American; Semafor;
    Sky News; Sky Sports; Slate; South China Morning Post; Sports Illustrated; TechRadar;
    The Associated Press; The Athletic; The Atlantic; The Australian; The Australian Financial Review;
    The Conversation; The Daily Beast; The Daily Telegraph; The Economic Times; The Economist;
    The Globe and Mail; The Guardian; The Hill; The Hindu; The Hindu Business Line; The Hollywood Reporter;
    The Independent; The Information; The Irish Times; The Japan Times; The Jerusalem Post; The Mirror;
    The New York Times; The New Yorker; The Observer; The Register; The Sun; The Telegraph; The Times;
    The Times of India; The Times of Israel; The Tribune; The Verge; The Wall Street Journal;
    The Washington Post; The Washington Times; Time Magazine; TMZ; Tom's Guide; Tom's Hardware; USA Today;
    Variety; VentureBeat; Verge; Vice; Vogue; Vox; Washingtonian; Wired; WSJ; Yahoo Finance; Yahoo Sports;
    ZDNet
    """.split(";")
)
