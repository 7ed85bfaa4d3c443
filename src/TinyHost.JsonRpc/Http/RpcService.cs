// Owns: answering HTTP requests while a server runs.

using System.Globalization;
using Microsoft.Extensions.Logging;

namespace TinyHost.JsonRpc;

/// <summary>The request's content is a message, and the response's content the reply.</summary>
internal sealed class RpcService : IDisposable
{
    // A method is busy for as long as its calls take, which nobody knows.
    private const int RetryAfterSeconds = 1;

    private readonly JsonRpcOptions _options;
    private readonly RpcInstruments _instruments;

    public RpcService(RpcMethodTable methods, JsonRpcOptions options, RpcInstruments instruments, TimeProvider time, ILogger logger)
    {
        _options = options;
        _instruments = instruments;
        Dispatcher = new RpcDispatcher(methods, new RpcRunner(instruments, time, logger), options, instruments);
    }

    /// <summary>The server without HTTP.</summary>
    public RpcDispatcher Dispatcher { get; }

    public async Task HandleAsync(RequestContext context)
    {
        var message = await context.Request.Body.ReadAllAsync(_options.MaxMessageSize).ConfigureAwait(false);
        if (message.Span.StartsWith("\uFEFF"u8))
        {
            // RFC 8259 §8.1: a byte order mark may be ignored.
            message = message[3..];
        }

        var response = context.Response;
        var outcome = await Dispatcher.DispatchAsync(message, response, context, context.Aborted).ConfigureAwait(false);
        if (outcome.IsBusy)
        {
            response.StatusCode = 503;
            response.Fields["Retry-After"] = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
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
}
