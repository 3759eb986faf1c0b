"""Simple pasts that do not end in -ed: what tells a clause from a phrase in "The fire began at noon, police said".

Only forms that are seldom a noun or a base form as well ("cut" and "read" tell nothing).
"""

from __future__ import annotations

IRREGULAR_PASTS = frozenset(
    """arose ate beat became began bent bled blew bore bought broke brought built burst came caught chose clung crept
    dealt dug drank drew drove dwelt fed fell felt fled flew flung forbade forgave forgot fought found froze gave got
    grew hung heard held hid hit kept knelt knew laid led left lent lost made meant met outdid overcame overthrew paid
    ran rang rode rose said sang sank sat saw sent shook shone shot shrank slept slid sold sought spent spoke sprang
    spread stole stood strode struck stuck stung swam swept swore swung taught threw told took tore
    underwent understood upheld went wept withdrew woke won wore wound wrote""".split()
)
