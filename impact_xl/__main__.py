"""`python -m impact_xl` is `impact-xl`."""

from impact_xl.cli import program

if __name__ == "__main__":  # child processes that read files import this module again
    program()
