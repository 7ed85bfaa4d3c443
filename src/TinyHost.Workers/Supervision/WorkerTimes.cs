// Owns: how long workers may take, by which clock.

namespace TinyHost.Workers;

/// <param name="Start">Until it is ready.</param>
/// <param name="Stop">Until it has ended.</param>
/// <param name="Clock">The clock.</param>
internal sealed record WorkerTimes(TimeSpan Start, TimeSpan Stop, TimeProvider Clock);
