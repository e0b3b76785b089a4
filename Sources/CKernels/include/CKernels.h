// Vectorised kernels with a run-time choice of instruction set.
#pragma once
#include "Trigonometry.h"
