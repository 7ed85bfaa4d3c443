// Owns: running one call: its turn, its method, exceptions thrown by it, its deadline and its measurement.

using Microsoft.Extensions.Logging;

namespace TinyHost.JsonRpc;

internal sealed partial class RpcRunner(
    JsonRpcOptions options, RpcAccess? access, RpcInstruments instruments, TimeProvider time, ObserverGuard guard)
{
    private readonly ILogger _logger = guard.Logger;
    private readonly bool _hasDeadline = options.CallTimeout > TimeSpan.Zero;

    /// <summary>Whether a method may still run, and read its params, when its message has been answered.</summary>
    public bool MayAbandon => _hasDeadline;

    /// <summary>A message has arrived.</summary>
    public RpcMessage Begin(RequestContext? context, IRpcExchange? exchange, CancellationToken aborted) =>
        new(context, exchange, time.GetTimestamp(), _hasDeadline, aborted);

    /// <summary>The time now, for <see cref="RunAsync"/>.</summary>
    public long Now() => time.GetTimestamp();

    /// <summary>
    /// Runs the method of a request that begins at <paramref name="started"/>, unless <paramref name="error"/> says that it must not run.
    /// Returns null, with the result in <see cref="JsonRpcCall.Output"/>, or the error to answer. If the deadline passes meanwhile, the
    /// call is abandoned to its method.
    /// </summary>
    public async ValueTask<JsonRpcError?> RunAsync(
        JsonRpcCall call, RpcRequest request, JsonRpcError? error, RpcMessage message, long started, int mostOutput)
    {
        Exception? failure = null;
        using var span = RpcTracing.Start(request, guard);
        if (error is null)
        {
            call.Begin(request.Method!, request.Params, message, mostOutput);
            error = await RunInTimeAsync(call, request, message, started).ConfigureAwait(false);
            failure = call.IsAbandoned ? null : call.Failure;
        }

        instruments.Record(request.Method, error, failure, time.GetElapsedTime(started));
        if (error is not null)
        {
            instruments.CountIfLimit(error);
            RpcTracing.Fail(span, error, failure);
        }

        return error;
    }

    private ValueTask<JsonRpcError?> RunInTimeAsync(JsonRpcCall call, RpcRequest request, RpcMessage message, long started)
    {
        if (!_hasDeadline)
        {
            return InvokeAsync(call, request, message);
        }

        var left = options.CallTimeout - time.GetElapsedTime(message.Started, started);
        if (left <= TimeSpan.Zero)
        {
            // An earlier call of the batch took all the time.
            return new(RpcErrors.Timeout);
        }

        var running = InvokeAsync(call, request, message);
        return running.IsCompleted ? running : AwaitAsync(running.AsTask(), call, request, left);
    }

    private async ValueTask<JsonRpcError?> AwaitAsync(Task<JsonRpcError?> running, JsonRpcCall call, RpcRequest request, TimeSpan left)
    {
        await ((Task)running).WaitAsync(left, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (running.IsCompleted)
        {
            return await running.ConfigureAwait(false);
        }

        guard.Run("A callback that a JSON-RPC method registered for the end of its call", call, static call => call.Abandon());
        LogLate(request.Method!.Name, RpcLogId.Of(request.Id.Span), options.CallTimeout.TotalSeconds);
        return RpcErrors.Timeout;
    }

    private async ValueTask<JsonRpcError?> InvokeAsync(JsonRpcCall call, RpcRequest request, RpcMessage message)
    {
        var method = request.Method!;
        var hasTurn = false;
        instruments.Begin();
        try
        {
            if (access is not null && !await access.AllowsAsync(call).ConfigureAwait(false))
            {
                return RpcErrors.NotAllowed;
            }

            if (method.Gate is not null)
            {
                hasTurn = await method.Gate.EnterAsync(call).ConfigureAwait(false);
                if (!hasTurn)
                {
                    return RpcErrors.Busy;
                }
            }

            var error = call.IsAbandoned ? RpcErrors.Timeout : await method.Function(call).ConfigureAwait(false);
            if (error is null)
            {
                call.Succeed();
            }

            return error;
        }
        catch (JsonRpcException thrown)
        {
            return thrown.Error;
        }
        catch (ResultTooLargeException)
        {
            return RpcErrors.ReplyTooLarge;
        }
        catch (OperationCanceledException) when (call.IsAbandoned)
        {
            return RpcErrors.Timeout;
        }
        catch (Exception thrown) when (call.IsAbandoned || !message.Aborted.IsCancellationRequested)
        {
            LogFailed(method.Name, RpcLogId.Of(request.Id.Span), thrown);
            call.Failure = thrown;
            return RpcErrors.Internal;
        }
        finally
        {
            if (hasTurn)
            {
                method.Gate!.Exit();
            }

            instruments.End();
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "The method {Method} failed in the call with {Id}.")]
    private partial void LogFailed(string method, string id, Exception exception);

    [LoggerMessage(
        EventId = 2,
        Level = LogLevel.Warning,
        Message = "The call of {Method} with {Id} was answered with −32002 after {Limit} s, and its method still runs.")]
    private partial void LogLate(string method, string id, double limit);
}
