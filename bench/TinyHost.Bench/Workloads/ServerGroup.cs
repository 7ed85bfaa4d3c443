// Owns: the running servers of one workload.

using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Workloads;

/// <summary>Servers that have been started and checked. Only one is under load at a time; the others idle at almost no cost.</summary>
internal sealed class ServerGroup : IAsyncDisposable
{
    private readonly List<RunningServer> _servers = [];

    private ServerGroup()
    {
    }

    public IReadOnlyList<RunningServer> Servers => _servers;

    /// <summary>Starts and checks all servers. Stops them all and throws <see cref="BenchException"/> if one fails.</summary>
    public static async Task<ServerGroup> StartAsync(Workload workload, IReadOnlyList<Server> servers, CancellationToken cancellationToken)
    {
        var group = new ServerGroup();
        try
        {
            foreach (var server in servers)
            {
                var running = await RunningServer.StartAsync(server, workload.Series, cancellationToken);
                group._servers.Add(running);
                await workload.CheckAsync(running, cancellationToken);
            }

            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }
}
