"""Personal forms for many teams: `python benchmarks/forms.py built|stamped COUNT`; nothing is written to the disk."""

import sys

from impact_xl import questionnaire as questionnaires
from impact_xl.form import workbook as form
from impact_xl.form.personalise import FormPersonaliser
from impact_xl.form.workbook import Form
from impact_xl.roster import Round

how, count = sys.argv[1], int(sys.argv[2])
questionnaire, round = questionnaires.load(), Round("2026", "Autumn 2026")
build = {"built": form.build, "stamped": FormPersonaliser().build}[how]
total = 0
for number in range(count):
    entries = {
        "start.team": f"Ward {number}",
        "start.team-id": f"ward-{number}",
        "start.group": f"Division {number % 9}",
    }
    total += len(build(Form(questionnaire, round=round, team_id=f"ward-{number}", entries=entries)))
print(total)
