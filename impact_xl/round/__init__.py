"""A round: answers are judged, copies matched to teams and counted."""
