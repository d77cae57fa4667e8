"""The command line: gathers the commands of every floor, and turns mistakes into messages."""

import errno
import logging
from typing import Any

import click

from experiments import commands as demonstration
from features import commands as bank
from features.errors import BadInputError, GateError
from serving import commands as deciding
from serving import estimation_commands as estimating
from serving import ledger_commands as recording
from serving.policy import commands as ruling
from training import commands as modelling
from training import monitor_commands as monitoring
from training import validation_commands as validation

BAD_INPUT_EXIT = 2
GATE_EXIT = 1

COMMANDS: tuple[click.Command, ...] = (
    demonstration.demo,
    demonstration.synth,
    bank.check,
    bank.features,
    validation.backtest,
    validation.tune,
    modelling.train,
    modelling.models,
    monitoring.monitor,
    deciding.score,
    deciding.campaign,
    deciding.serve,
    deciding.decide,
    recording.outcome,
    recording.replay,
    recording.ledger,
    recording.forget,
    estimating.impact,
    estimating.whatif,
    deciding.ui,
    ruling.policy,
)
"""In the order of a bank's way through them."""


class Errors(click.Group):
    """Turns a user's mistake into one message and an exit code, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Exit 2 on bad input, a path that cannot be used or a full disk, 1 on a gate that did not pass."""
        try:
            return super().invoke(ctx)
        except BadInputError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(BAD_INPUT_EXIT)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # a reader who has gone away is click's to end
            where = f"{error.filename}: " if error.filename else ""
            click.echo(f"error: {where}{error.strerror or error}", err=True)
            ctx.exit(BAD_INPUT_EXIT)
        except GateError as error:
            click.echo(f"refused: {error}", err=True)
            ctx.exit(GATE_EXIT)

    def list_commands(self, _: click.Context) -> list[str]:
        """As they were added."""
        return list(self.commands)


SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group("nextbest", cls=Errors, context_settings=SETTINGS)
@click.version_option(package_name="nextbest")
def main() -> None:
    """Who is about to leave a bank, what each would take next, and the one action worth doing now.

    BANK is a folder with a bank.toml, or the bank.toml itself. Exit codes: 0 done, 1 a check or gate
    did not pass, 2 bad input or usage.
    """
    logging.captureWarnings(capture=True)  # a platform's notices to its own developers are not for our users


for one in COMMANDS:
    main.add_command(one)


if __name__ == "__main__":
    main()
