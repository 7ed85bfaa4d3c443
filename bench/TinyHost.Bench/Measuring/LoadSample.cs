// Owns: what one measurement under load gives.
// Does not own: taking it (LoadMeter).

namespace TinyHost.Bench.Measuring;

/// <summary>wrk's view; the server's user and system time for a request, in microseconds; its resident memory at the end, in bytes.</summary>
internal sealed record LoadSample(WrkOutput Client, double ProcessorMicroseconds, long ResidentBytes);
