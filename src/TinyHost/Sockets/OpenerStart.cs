// Owns: what a server gives to the steps that open its connections.

using System.Diagnostics.Metrics;

namespace TinyHost;

/// <param name="Guard">Logs.</param>
/// <param name="Meter">The server's meter.</param>
/// <param name="Time">The clock.</param>
/// <param name="Reloads">Loads files again that change.</param>
/// <param name="ContentRoot">What relative paths start from; null for the current directory.</param>
internal sealed record OpenerStart(ObserverGuard Guard, Meter Meter, TimeProvider Time, Reloads Reloads, string? ContentRoot);
