// Owns: what ends a run with one sentence.
// Does not own: printing it (Program).

namespace TinyHost.Bench;

/// <summary>A run cannot go on; the message says why in one sentence.</summary>
internal sealed class BenchException(string message) : Exception(message);
