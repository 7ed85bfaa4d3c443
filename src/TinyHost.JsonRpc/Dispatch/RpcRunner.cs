// Owns: running one call: its method, exceptions thrown by it, and its measurement.

using Microsoft.Extensions.Logging;

namespace TinyHost.JsonRpc;

internal sealed partial class RpcRunner(RpcInstruments instruments, TimeProvider time, ILogger logger)
{
    /// <summary>A message has arrived.</summary>
    public RpcMessage Begin(RequestContext? context, CancellationToken aborted) =>
        new(context, time.GetTimestamp(), HasDeadline: false, aborted);

    /// <summary>
    /// Runs the method of a request, unless <paramref name="error"/> says that the request has none. Returns null, with the result in
    /// <see cref="JsonRpcCall.Output"/>, or the error to answer.
    /// </summary>
    public async ValueTask<JsonRpcError?> RunAsync(
        JsonRpcCall call, RpcRequest request, JsonRpcError? error, RpcMessage message, int mostOutput)
    {
        var started = time.GetTimestamp();
        Exception? exception = null;
        if (error is null)
        {
            call.Begin(request.Method!, request.Params, message, mostOutput);
            try
            {
                error = await request.Method!.Function(call).ConfigureAwait(false);
                if (error is null)
                {
                    call.Succeed();
                }
            }
            catch (JsonRpcException thrown)
            {
                error = thrown.Error;
            }
            catch (ResultTooLargeException)
            {
                error = RpcErrors.ReplyTooLarge;
            }
            catch (Exception thrown) when (!message.Aborted.IsCancellationRequested)
            {
                LogFailed(request.Method!.Name, RpcLogId.Of(request.Id.Span), thrown);
                (error, exception) = (RpcErrors.Internal, thrown);
            }
        }

        instruments.Record(request.Method, error, exception, time.GetElapsedTime(started));
        return error;
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "The method {Method} failed in the call with {Id}.")]
    private partial void LogFailed(string method, string id, Exception exception);
}
