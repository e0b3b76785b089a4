// Low-level pieces of Linux that Swift cannot say: custom baud rates, serial flags, scheduling.
#pragma once
