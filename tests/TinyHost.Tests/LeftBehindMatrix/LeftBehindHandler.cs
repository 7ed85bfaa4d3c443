// Owns: a handler that starts work and ends while the work continues.

using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TinyHost.Tests.LeftBehindMatrix;

internal sealed class LeftBehindHandler(LeftBehindCell cell, Steps steps, Failures failures, LeftBehindCoverage coverage, int requestCount)
{
    private const int MaxOperations = 12;

    private static readonly JsonTypeInfo<string> s_text =
        JsonMetadataServices.CreateValueInfo<string>(new JsonSerializerOptions(), JsonMetadataServices.StringConverter!);

    private readonly Lock _lock = new();
    private readonly List<Task> _work = [];
    private LeftBehindRequest? _current;

    /// <summary>The number of requests that have reached the handler.</summary>
    internal int Handled { get; private set; }

    /// <summary>True while the handler is running.</summary>
    internal bool IsRunning => _current is not null;

    /// <summary>True when all work left behind has ended.</summary>
    internal bool IsWorkDone
    {
        get
        {
            lock (_lock)
            {
                return _work.TrueForAll(work => work.IsCompleted);
            }
        }
    }

    /// <summary>Waits for the work left behind. Throws if the work itself failed.</summary>
    internal Task WaitForWorkAsync()
    {
        lock (_lock)
        {
            return Task.WhenAll(_work);
        }
    }

    internal async Task HandleAsync(RequestContext context)
    {
        var request = new LeftBehindRequest(Handled++, steps, failures, coverage, () => _current);
        _current = request;
        if (context.Request.Path != $"/{request.Number}")
        {
            request.AddFailure($"the path is {context.Request.Path}.");
        }

        try
        {
            context.Response.Fields["X-Letter"] = request.ResponseLetter.ToString();
            await RunAsync(context, request);
        }
        finally
        {
            _current = null;
            request.End();
        }
    }

    private async Task RunAsync(RequestContext context, LeftBehindRequest request)
    {
        if (cell.Upgrades && request.Number == requestCount - 1)
        {
            await UpgradeAsync(context, request);
            return;
        }

        if (cell.Connection == LeftBehindConnection.Close && steps.OneIn(2))
        {
            context.Response.CloseConnection();
        }

        if (steps.OneIn(2))
        {
            await steps.Step();
        }

        // Work that only writes leaves the content unread, unless the handler reads it first.
        if (!cell.Reads && steps.OneIn(2))
        {
            request.CheckContent((await context.Request.Body.ReadAllAsync()).Span, request.Letter);
        }

        if (!cell.Upgrades && (request.Number == 0 || steps.OneIn(2)))
        {
            StartNowOrLater(PrepareWork(context, request));
        }

        await RandomStepsAsync(steps.OneIn(4) ? 40 : 4);
        if (cell.Reads || cell.Upgrades)
        {
            await AnswerAsync(context.Response, request);
        }

        if (steps.OneIn(6))
        {
            throw new DeliberateFailure();
        }
    }

    private async Task AnswerAsync(Response response, LeftBehindRequest request)
    {
        for (var pieces = steps.Next(3); pieces > 0; pieces--)
        {
            await response.WriteAsync(Letters(request, steps.OneIn(3) ? 3_000 : 100));
            if (steps.OneIn(3))
            {
                await response.FlushAsync();
            }
        }
    }

    private async Task UpgradeAsync(RequestContext context, LeftBehindRequest request)
    {
        if (cell.Work == LeftBehindWork.UpgradedStream)
        {
            request.CheckContent((await context.Request.Body.ReadAllAsync()).Span, request.Letter);
            var stream = await context.UpgradeAsync("line");
            StartNowOrLater(
                () => request.LoopAsync(MaxOperations, () => ReadStreamAsync(stream, request)),
                () => request.LoopAsync(MaxOperations, () => WriteStreamAsync(stream, request)));
            await RandomStepsAsync(6);
            if (steps.OneIn(2))
            {
                await stream.DisposeAsync();
            }
        }
        else
        {
            var socket = (await context.AcceptWebSocketAsync())!;
            StartNowOrLater(
                () => request.LoopAsync(MaxOperations, () => ReceiveMessageAsync(socket, request), mayOutliveHandler: true),
                () => request.LoopAsync(MaxOperations, () => SendMessageAsync(socket, request)));
            await RandomStepsAsync(6);
            if (steps.OneIn(2))
            {
                socket.Dispose();
            }
        }

        if (steps.OneIn(4))
        {
            throw new DeliberateFailure();
        }
    }

    private void StartNowOrLater(params Func<Task>[] work)
    {
        var isLate = steps.OneIn(4);
        foreach (var start in work)
        {
            if (!isLate)
            {
                Track(start());
                continue;
            }

            var started = new TaskCompletionSource();
            Track(started.Task);
            steps.PostAfter(steps.Next(30), () =>
            {
                Track(start());
                started.SetResult();
            });
        }
    }

    private void Track(Task work)
    {
        lock (_lock)
        {
            _work.Add(work);
        }
    }

    private async Task RandomStepsAsync(int max)
    {
        for (var left = steps.Next(max + 1); left > 0; left--)
        {
            await steps.Step();
        }
    }

    // The work captures what real handlers capture: the context, or objects obtained from it.
    private Func<Task> PrepareWork(RequestContext context, LeftBehindRequest request)
    {
        var body = context.Request.Body;
        var response = context.Response;
        var buffer = new byte[steps.OneIn(2) ? 5_000 : 1 + steps.Next(300)];
        var content = steps.OneIn(2) ? body.AsStream() : null;
        var output = steps.OneIn(2) ? response.AsStream() : null;
        return cell.Work switch
        {
            LeftBehindWork.ReadLoop => () => request.LoopAsync(MaxOperations, async () =>
            {
                var count = content is null ? await context.Request.Body.ReadAsync(buffer) : await content.ReadAsync(buffer);
                request.CheckContent(buffer.AsSpan(0, count), request.Letter);
                return count > 0 || steps.OneIn(2);
            }),
            LeftBehindWork.ReadAll => () => request.LoopAsync(MaxOperations, async () =>
            {
                request.CheckContent((await body.ReadAllAsync()).Span, request.Letter);
                return true;
            }),
            LeftBehindWork.CopyTo => () => request.LoopAsync(2, async () =>
            {
                await body.AsStream().CopyToAsync(new LetterSink(request, steps), buffer.Length);
                return true;
            }),
            LeftBehindWork.Json => () => request.LoopAsync(MaxOperations, async () =>
            {
                var text = await context.Request.ReadJsonAsync(s_text);
                request.CheckContent(Encoding.ASCII.GetBytes(text!), request.Letter);
                return true;
            }),
            LeftBehindWork.WriteLoop => () => request.LoopAsync(MaxOperations, async () =>
            {
                var letters = Letters(request, steps.OneIn(3) ? 3_000 : 1 + steps.Next(300));
                await (output is null ? response.WriteAsync(letters) : output.WriteAsync(letters));
                return true;
            }),
            _ => () => request.LoopAsync(MaxOperations, async () =>
            {
                response.Write(Letters(request, steps.Next(200)).Span);
                await (output is null ? response.FlushAsync() : new ValueTask(output.FlushAsync()));
                return true;
            }),
        };
    }

    private async ValueTask<bool> ReadStreamAsync(Stream stream, LeftBehindRequest request)
    {
        var began = request.Phase;
        var buffer = new byte[1 + steps.Next(500)];
        var count = await stream.ReadAsync(buffer);
        request.CheckContent(buffer.AsSpan(0, count), LeftBehindMessages.UpgradedLetter);
        return count > 0 || began == Phase.DuringHandler;
    }

    private async ValueTask<bool> WriteStreamAsync(Stream stream, LeftBehindRequest request)
    {
        await stream.WriteAsync(Letters(request, 1 + steps.Next(500)));
        return true;
    }

    // The WebSocket may return bytes that it has buffered even after the handler has ended.
    private async ValueTask<bool> ReceiveMessageAsync(WebSocket socket, LeftBehindRequest request)
    {
        var buffer = new byte[1 + steps.Next(500)];
        var received = await socket.ReceiveAsync(buffer.AsMemory(), default);
        request.CheckContent(buffer.AsSpan(0, received.Count), LeftBehindMessages.UpgradedLetter);
        return received.MessageType != WebSocketMessageType.Close;
    }

    private async ValueTask<bool> SendMessageAsync(WebSocket socket, LeftBehindRequest request)
    {
        await socket.SendAsync(Letters(request, 1 + steps.Next(500)), WebSocketMessageType.Text, steps.OneIn(2), default);
        return true;
    }

    private static ReadOnlyMemory<byte> Letters(LeftBehindRequest request, int count) =>
        Enumerable.Repeat((byte)request.ResponseLetter, count).ToArray();
}

/// <summary>Thrown by handlers of the matrix on purpose.</summary>
internal sealed class DeliberateFailure : Exception;
