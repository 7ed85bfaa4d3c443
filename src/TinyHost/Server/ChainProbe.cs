// Owns: a request of the server's own through its whole chain, over a transport in memory.

using System.Net;

namespace TinyHost;

/// <summary>
/// <c>OPTIONS *</c> asks about the server as a whole (RFC 9110 §9.3.7), so it reaches no route of the program. It counts neither in the
/// metrics nor in the access log, nor as a connection.
/// </summary>
internal sealed class ChainProbe(ServerServices services, IReadOnlyDictionary<Listener, ConnectionQuota> listeners)
{
    private CurrentRequest? _request;

    /// <summary>Ends when the request has got through. Ignores any deadline: the next request must wait until this one is over.</summary>
    internal async Task<HealthResult> RunAsync()
    {
        var transport = new ProbeTransport();
        var connection = Connect(transport);
        _request = connection.Request;
        var serving = connection.ServeAsync();
        // A function at the end of the chain may let every request wait, such as one for news. As it has given the thread back, the server
        // lives. Routes answer the request themselves.
        if (services.Stages.Running.Any(stage => stage is Routes))
        {
            await Task.WhenAny(transport.Answered, serving).ConfigureAwait(false);
        }

        _request = null;
        return HealthResult.Healthy;
    }

    /// <summary>Which handlers are in the way of the request.</summary>
    internal string? DescribeHolders() => HandlersInTheWay.Describe(services.Connections, _request);

    private Connection Connect(ProbeTransport transport)
    {
        var quotas = new ConnectionQuotas(services.Limits, int.MaxValue, services.Logger);
        // A monitoring port has only one stage of the chain.
        var listener = listeners.FirstOrDefault(pair => !pair.Value.IsMonitoring, listeners.First()).Key;
        var quota = quotas.Add(listener.StageEndPoint.Port);
        quota.IsMonitoring = true;
        quota.TryEnter(int.MaxValue);
        var info = new ConnectionInfo(0, listener.StageEndPoint, new IPEndPoint(IPAddress.Loopback, 0), listener.Names) { IsProbe = true };
        var http1 = new Http1Connection(transport, services.Heartbeat, services.LimitsOf(listener), services.Buffers);
        return new Connection(services, http1, info, [], quota, openedAt: 0);
    }
}
