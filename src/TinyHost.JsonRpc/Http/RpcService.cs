// Owns: answering HTTP requests while a server runs.

using Microsoft.Extensions.Configuration;

namespace TinyHost.JsonRpc;

/// <summary>The request's content is a message, and the response's content the reply.</summary>
internal sealed class RpcService : IDisposable
{
    // When a method is no longer busy, nobody knows.
    private const string RetryAfter = "1";

    private readonly JsonRpcOptions _options;
    private readonly RpcInstruments _instruments;
    private readonly RpcHosts _hosts;

    /// <summary>A server for these methods. Throws <see cref="ServerStartException"/> for an invalid setting.</summary>
    public RpcService(
        RpcMethodTable methods, JsonRpcOptions options, IConfiguration? configuration, RpcInstruments instruments, TimeProvider time,
        ObserverGuard guard)
    {
        _instruments = instruments;
        _options = RpcSettings.Apply(options, configuration, methods);
        _hosts = new RpcHosts(_options.AllowedHosts);
        var access = RpcAccess.Of(_options);
        var served = methods.WithGates(_options.Methods);
        if (_options.Discover)
        {
            served.AddReserved(RpcDiscovery.Method(methods, access));
        }

        Dispatcher = new RpcDispatcher(
            served, new RpcRunner(_options, access, instruments, time, guard), _options, instruments);
        Sockets = new SocketService(Dispatcher, _options, instruments, time, guard);
    }

    /// <summary>The server without HTTP.</summary>
    public RpcDispatcher Dispatcher { get; }

    /// <summary>Whether the page for trying methods answers.</summary>
    public bool HasPage => _options.TryItPage;

    /// <summary>The server on WebSockets.</summary>
    public SocketService Sockets { get; }

    public async Task HandleAsync(RequestContext context)
    {
        var response = context.Response;
        if (_hosts.Refusal(context) is { } refusal)
        {
            _instruments.CountLimit("host");
            await response.AnswerErrorAsync(403, refusal).ConfigureAwait(false);
            return;
        }

        if (context.Request.Method is "GET" or "HEAD")
        {
            await Sockets.HandleAsync(context).ConfigureAwait(false);
            return;
        }

        if (RpcPages.Refusal(context.Request) is { } unasked)
        {
            _instruments.CountLimit("media_type");
            await response.AnswerErrorAsync(415, unasked).ConfigureAwait(false);
            return;
        }

        var message = await ReadAsync(context).ConfigureAwait(false);
        var outcome = await Dispatcher.DispatchAsync(message, response, context, context.Aborted).ConfigureAwait(false);
        if (outcome.IsBusy)
        {
            response.StatusCode = 503;
            response.Fields["Retry-After"] = RetryAfter;
        }
        else if (!outcome.HasReply)
        {
            response.StatusCode = _options.NoContentStatus;
        }

        if (outcome.HasReply)
        {
            response.ContentType = "application/json";
        }
    }

    public void Dispose() => _instruments.Dispose();

    private async ValueTask<ReadOnlyMemory<byte>> ReadAsync(RequestContext context)
    {
        try
        {
            return await context.Request.Body.ReadAllAsync(_options.MaxMessageSize).ConfigureAwait(false);
        }
        catch (RequestRejectedException refused) when (refused.StatusCode == 413)
        {
            _instruments.CountLimit("message_size");
            throw;
        }
    }
}
