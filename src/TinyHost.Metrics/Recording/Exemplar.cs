// Owns: what an exemplar is.
// Does not own: which measurement becomes one (ExemplarSlots).
// Source: OpenMetrics 1.0.0, Exemplars.

namespace TinyHost.Metrics;

/// <summary>A measurement and the trace it was made in.</summary>
/// <param name="TraceId">32 hexadecimal digits.</param>
/// <param name="SpanId">16 hexadecimal digits.</param>
/// <param name="Value">The value measured.</param>
/// <param name="Time">When, in seconds since 1970.</param>
internal readonly record struct Exemplar(string TraceId, string SpanId, double Value, double Time);
