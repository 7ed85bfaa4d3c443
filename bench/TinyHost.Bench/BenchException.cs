// Owns: the error that ends a run.

namespace TinyHost.Bench;

/// <summary>The run cannot continue; the message says why in one sentence.</summary>
internal sealed class BenchException(string message) : Exception(message);
