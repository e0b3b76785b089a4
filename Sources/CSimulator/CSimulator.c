#include "handful_simulator.h"

// The header is all there is; a target needs a source.
typedef int handful_simulator_has_no_source;
