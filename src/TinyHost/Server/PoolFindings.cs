// Owns: what a watch over the thread pool has found since it began.
// Does not own: the watch (PoolWatch).

namespace TinyHost;

/// <param name="Probes">How many items came through the queue.</param>
/// <param name="Delay">How long the last of them waited.</param>
/// <param name="TimesHeldUnseen">How often the pool was blocked, by other work than handlers before their first await for the most part.</param>
internal readonly record struct PoolFindings(long Probes, TimeSpan Delay, long TimesHeldUnseen);
