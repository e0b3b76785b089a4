/// Placeholder of a room that is being furnished.
enum Empty {}
