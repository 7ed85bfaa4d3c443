// Owns: what a handover needs to know of its host.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <param name="Sockets">The sockets of the host's servers.</param>
/// <param name="Timeout">How long the new process may take from its first word until it is ready.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">The log.</param>
/// <param name="HandedOver">Called when another process has taken over.</param>
internal sealed record HandoverTerms(InheritedSockets Sockets, TimeSpan Timeout, TimeProvider Time, ILogger Logger, Action HandedOver);
