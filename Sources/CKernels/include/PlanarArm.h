// The equations of motion of an arm of uniform rods in a plane, with a motor and damping at every joint,
// for batches of states.
#pragma once
#include <stddef.h>

// The most joints.
enum { HANDFUL_PLANAR_ARM_JOINTS = 5 };

// Writes the joints' accelerations a (rad/s^2) of `count` states: the solution of
//
//     (M(q) + s B) a = f(q, q', u) - M(q) p
//
// with M the arm's inertia, B its damping, f all forces (damping and gravity among them), s
// `implicit_seconds` and p `offsets`. With s = 0 and no offsets these are the equations of motion; with
// others, a stage of a linearly implicit integrator. `Simulation/Plants/PlanarArm.swift` has the
// equations. Dimension d of member b is entry `d * stride + b`, with actions `d * action_stride + b`.
// A member's result depends on that member alone. Nothing is allocated.
//
// joints            2 to HANDFUL_PLANAR_ARM_JOINTS
// states            angles q (of the first rod from hanging, of the others to the rod before), then
//                   their rates
// actions           the motors' torques (N m)
// parameters        masses (kg), lengths (m), dampings (N m s/rad), each of all joints; gravity (m/s^2)
// offsets           p (rad/s^2), a dimension a joint, with `stride`; may be NULL for none
// accelerations     a; apart from `states` and `offsets`
void handful_planar_arm(size_t joints, size_t count, size_t stride, const double *states,
                        const double *actions, size_t action_stride, const double *parameters,
                        double implicit_seconds, const double *offsets, double *accelerations);
