"""What a new site's list of danger words begins with. Each site makes it its own: adds its
readers' words, and names the numbers to call where they live.

The texts say where to turn to, and never what somebody may have.
"""

from __future__ import annotations

from typing import Final

_HELPLINE: Final = "https://findahelpline.com"

BODY: Final = (
    "You write of trouble with your bladder or bowels, of numbness, or of legs that you "
    "cannot feel or move. That must not wait for an answer here. Call your local emergency "
    "number or go to an emergency department now, and tell them what you wrote.\n\n"
    "We read every comment, but we are no emergency service and cannot tell you what you "
    "have."
)
LIFE: Final = (
    "We are sorry that it is so hard. You need not be alone with this: if you are in danger "
    "now, call your local emergency number or ask somebody to stay with you. At a crisis "
    "line somebody listens at any hour; you will find one for your country at "
    f"{_HELPLINE}.\n\n"
    "We read every comment, but we are no emergency service, and our answer may come too "
    "late for today."
)
CHEST: Final = (
    "You write of pain in the chest. That must not wait for an answer here. Call your local "
    "emergency number now, above all when it is new, presses, goes to an arm or the jaw, or "
    "when you are short of breath.\n\n"
    "We read every comment, but we are no emergency service and cannot tell you what you "
    "have."
)
BODY_DE: Final = (
    "Sie schreiben von Blase oder Darm, von Taubheit oder von Beinen, die Sie nicht spüren "
    "oder bewegen können. Das darf nicht auf eine Antwort hier warten. Rufen Sie jetzt den "
    "Notruf (in Europa 112), oder gehen Sie in eine Notaufnahme, und sagen Sie dort, was "
    "Sie uns geschrieben haben.\n\n"
    "Wir lesen jeden Kommentar, aber wir sind kein Notdienst und können nicht sagen, was "
    "Sie haben."
)
LIFE_DE: Final = (
    "Es tut uns leid, dass es so schwer ist. Sie müssen damit nicht allein bleiben: Wenn "
    "Sie jetzt in Gefahr sind, rufen Sie den Notruf (in Europa 112), oder bitten Sie "
    "jemanden, bei Ihnen zu bleiben. Bei einem Krisentelefon hört zu jeder Stunde jemand "
    f"zu; eines für Ihr Land finden Sie unter {_HELPLINE}.\n\n"
    "Wir lesen jeden Kommentar, aber wir sind kein Notdienst."
)
BODY_FR: Final = (
    "Vous parlez de votre vessie ou de vos intestins, d’un engourdissement, ou de jambes "
    "que vous ne sentez plus ou ne pouvez plus bouger. Cela ne doit pas attendre une "
    "réponse ici. Appelez maintenant les urgences (112 en Europe) ou allez-y, et dites-leur "
    "ce que vous avez écrit.\n\n"
    "Nous lisons chaque commentaire, mais nous ne sommes pas un service d’urgence et ne "
    "pouvons pas dire ce que vous avez."
)
LIFE_FR: Final = (
    "Nous sommes désolés que ce soit si dur. Vous n’avez pas à rester seul avec cela : si "
    "vous êtes en danger maintenant, appelez les urgences (112 en Europe) ou demandez à "
    "quelqu’un de rester près de vous. À une ligne d’écoute, quelqu’un vous écoute à toute "
    f"heure ; vous en trouverez une pour votre pays sur {_HELPLINE}.\n\n"
    "Nous lisons chaque commentaire, mais nous ne sommes pas un service d’urgence."
)
BODY_ES: Final = (
    "Usted habla de la vejiga o del intestino, de adormecimiento, o de piernas que no "
    "siente o no puede mover. Eso no debe esperar una respuesta aquí. Llame ahora al número "
    "de emergencias (112 en Europa) o vaya a urgencias, y diga lo que nos ha escrito.\n\n"
    "Leemos cada comentario, pero no somos un servicio de emergencias y no podemos decirle "
    "qué tiene."
)
LIFE_ES: Final = (
    "Sentimos que sea tan duro. No tiene que estar a solas con esto: si está en peligro "
    "ahora, llame al número de emergencias (112 en Europa) o pida a alguien que se quede "
    "con usted. En una línea de ayuda alguien escucha a cualquier hora; encontrará una para "
    f"su país en {_HELPLINE}.\n\n"
    "Leemos cada comentario, pero no somos un servicio de emergencias."
)

# The text that their writer is told, and the words, in the same language.
BEGINNINGS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        BODY,
        (
            "lost control of my bladder",
            "losing control of my bladder",
            "loss of bladder control",
            "bladder control",
            "control my bladder",
            "bowel control",
            "control of my bowels",
            "control my bowels",
            "control of bowel",
            "wet myself",
            "soiled myself",
            "can't feel when I pee",
            "cannot pee",
            "can't pee",
            "cannot urinate",
            "can't urinate",
            "unable to urinate",
            "incontinen*",
            "cauda equina",
            "saddle numbness",
            "saddle anesthesia",
            "saddle anaesthesia",
            "numb between my legs",
            "numb between the legs",
            "numbness between my legs",
            "numbness between the legs",
            "numbness in my groin",
            "numb groin",
            "numb around my genitals",
            "both legs are numb",
            "can't feel my legs",
            "cannot feel my legs",
            "can't move my legs",
            "cannot move my legs",
        ),
    ),
    (
        LIFE,
        (
            "suicid*",
            "kill myself",
            "killing myself",
            "end my life",
            "take my own life",
            "end it all",
            "want to die",
            "wish to die",
            "wish I was dead",
            "wish I were dead",
            "better off dead",
            "don't want to live",
            "do not want to live",
            "no reason to live",
            "harm myself",
            "hurt myself on purpose",
        ),
    ),
    (
        CHEST,
        ("chest pain",),
    ),
    (
        BODY_DE,
        (
            "Kontrolle über meine Blase",
            "Kontrolle über die Blase",
            "Blase nicht mehr kontrollieren",
            "Darm nicht mehr kontrollieren",
            "nicht mehr Wasser lassen",
            "kann nicht pinkeln",
            "inkontinen*",
            "Reithosen*",
            "taub zwischen den Beinen",
            "Taubheit zwischen den Beinen",
            "spüre meine Beine nicht",
            "Beine nicht mehr spüren",
            "Beine nicht mehr bewegen",
        ),
    ),
    (
        LIFE_DE,
        (
            "nicht mehr leben",
            "will sterben",
            "möchte sterben",
            "mich umbringen",
            "mir das Leben nehmen",
            "Selbstmord*",
            "Suizid*",
        ),
    ),
    (
        BODY_FR,
        (
            "contrôle de ma vessie",
            "contrôle de mes intestins",
            "ne peux plus uriner",
            "n'arrive plus à uriner",
            "syndrome de la queue de cheval",
            "engourdi entre les jambes",
            "engourdie entre les jambes",
            "ne sens plus mes jambes",
            "ne peux plus bouger les jambes",
        ),
    ),
    (
        LIFE_FR,
        (
            "envie de mourir",
            "veux mourir",
            "plus envie de vivre",
            "ne veux plus vivre",
            "en finir avec la vie",
            "mettre fin à mes jours",
            "me tuer",
        ),
    ),
    (
        BODY_ES,
        (
            "control de la vejiga",
            "control de mi vejiga",
            "control del intestino",
            "no puedo orinar",
            "síndrome de la cola de caballo",
            "adormecimiento entre las piernas",
            "entumecimiento entre las piernas",
            "no siento las piernas",
            "no siento mis piernas",
            "no puedo mover las piernas",
        ),
    ),
    (
        LIFE_ES,
        (
            "quiero morir",
            "no quiero vivir",
            "no quiero seguir viviendo",
            "quitarme la vida",
            "matarme",
        ),
    ),
)
STARTING_WORDS: Final = tuple(word for _, words in BEGINNINGS for word in words)
