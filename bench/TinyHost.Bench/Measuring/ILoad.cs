// Owns: what every load has in common.

using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Measuring;

/// <summary>A load on one server. Its text describes it in the report.</summary>
internal interface ILoad
{
    /// <summary>Puts the server under load for so many seconds.</summary>
    Task<WrkOutput> RunAsync(RunningServer server, int seconds, CancellationToken cancellationToken);
}
