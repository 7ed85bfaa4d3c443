// Owns: a handler that starts work and ends while the work goes on.
// Does not own: what the peer must see of that (LeftBehindRun).

using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TinyHost.Tests.LeftBehindMatrix;

internal sealed class LeftBehindHandler(LeftBehindCell cell, Steps steps, Faults faults, LeftBehindCoverage coverage, int requests)
{
    private const int MostOperations = 12;

    private static readonly JsonTypeInfo<string> s_text = JsonMetadataServices.CreateValueInfo<string>(new JsonSerializerOptions(), JsonMetadataServices.StringConverter!);

    private readonly Lock _lock = new();
    private readonly List<Task> _work = [];
    private LeftBehindVisit? _current;

    /// <summary>How many requests have reached the handler.</summary>
    internal int Handled { get; private set; }

    /// <summary>True while a request is at its handler.</summary>
    internal bool IsBusy => _current is not null;

    /// <summary>True once all the work that was left behind has ended.</summary>
    internal bool IsAtRest
    {
        get
        {
            lock (_lock)
            {
                return _work.TrueForAll(work => work.IsCompleted);
            }
        }
    }

    /// <summary>Fails when the work itself did.</summary>
    internal Task WorkAsync()
    {
        lock (_lock)
        {
            return Task.WhenAll(_work);
        }
    }

    internal async Task HandleAsync(RequestContext context)
    {
        var visit = new LeftBehindVisit(Handled++, steps, faults, coverage, () => _current);
        _current = visit;
        if (context.Request.Path != $"/{visit.Request}")
        {
            visit.Fault($"the path is {context.Request.Path}.");
        }

        try
        {
            context.Response.Fields["X-Letter"] = visit.ResponseLetter.ToString();
            await VisitAsync(context, visit);
        }
        finally
        {
            _current = null;
            visit.End();
        }
    }

    private async Task VisitAsync(RequestContext context, LeftBehindVisit visit)
    {
        if (cell.Upgrades && visit.Request == requests - 1)
        {
            await UpgradeAsync(context, visit);
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

        // What writes alone leaves the content unread, unless the handler reads it first.
        if (!cell.Reads && steps.OneIn(2))
        {
            visit.Read((await context.Request.Body.ReadAllAsync()).Span, visit.Letter);
        }

        if (!cell.Upgrades && (visit.Request == 0 || steps.OneIn(2)))
        {
            StartOnceOrLater(Prepare(context, visit));
        }

        await StepsAsync(steps.OneIn(4) ? 40 : 4);
        if (cell.Reads || cell.Upgrades)
        {
            await AnswerAsync(context.Response, visit);
        }

        if (steps.OneIn(6))
        {
            throw new DeliberateFailure();
        }
    }

    private async Task AnswerAsync(Response response, LeftBehindVisit visit)
    {
        for (var pieces = steps.Next(3); pieces > 0; pieces--)
        {
            await response.WriteAsync(Letters(visit, steps.OneIn(3) ? 3_000 : 100));
            if (steps.OneIn(3))
            {
                await response.FlushAsync();
            }
        }
    }

    private async Task UpgradeAsync(RequestContext context, LeftBehindVisit visit)
    {
        if (cell.Work == LeftBehindWork.UpgradedStream)
        {
            visit.Read((await context.Request.Body.ReadAllAsync()).Span, visit.Letter);
            var stream = await context.UpgradeAsync("line");
            StartOnceOrLater(
                () => visit.LoopAsync(MostOperations, () => ReadStreamAsync(stream, visit)),
                () => visit.LoopAsync(MostOperations, () => WriteStreamAsync(stream, visit)));
            await StepsAsync(6);
            if (steps.OneIn(2))
            {
                await stream.DisposeAsync();
            }
        }
        else
        {
            var socket = (await context.AcceptWebSocketAsync())!;
            StartOnceOrLater(
                () => visit.LoopAsync(MostOperations, () => ReceiveMessageAsync(socket, visit), mayOutliveHandler: true),
                () => visit.LoopAsync(MostOperations, () => SendMessageAsync(socket, visit)));
            await StepsAsync(6);
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

    private void StartOnceOrLater(params Func<Task>[] work)
    {
        var isLate = steps.OneIn(4);
        foreach (var start in work)
        {
            if (!isLate)
            {
                Keep(start());
                continue;
            }

            var started = new TaskCompletionSource();
            Keep(started.Task);
            steps.PostAfter(steps.Next(30), () =>
            {
                Keep(start());
                started.SetResult();
            });
        }
    }

    private void Keep(Task work)
    {
        lock (_lock)
        {
            _work.Add(work);
        }
    }

    private async Task StepsAsync(int most)
    {
        for (var left = steps.Next(most + 1); left > 0; left--)
        {
            await steps.Step();
        }
    }

    // Takes hold of what the handler would: the context itself, or a part of it.
    private Func<Task> Prepare(RequestContext context, LeftBehindVisit visit)
    {
        var body = context.Request.Body;
        var response = context.Response;
        var buffer = new byte[steps.OneIn(2) ? 5_000 : 1 + steps.Next(300)];
        var content = steps.OneIn(2) ? body.AsStream() : null;
        var output = steps.OneIn(2) ? response.AsStream() : null;
        return cell.Work switch
        {
            LeftBehindWork.ReadLoop => () => visit.LoopAsync(MostOperations, async () =>
            {
                var count = content is null ? await context.Request.Body.ReadAsync(buffer) : await content.ReadAsync(buffer);
                visit.Read(buffer.AsSpan(0, count), visit.Letter);
                return count > 0 || steps.OneIn(2);
            }),
            LeftBehindWork.ReadAll => () => visit.LoopAsync(MostOperations, async () =>
            {
                visit.Read((await body.ReadAllAsync()).Span, visit.Letter);
                return true;
            }),
            LeftBehindWork.CopyTo => () => visit.LoopAsync(2, async () =>
            {
                await body.AsStream().CopyToAsync(new LetterSink(visit, steps), buffer.Length);
                return true;
            }),
            LeftBehindWork.Json => () => visit.LoopAsync(MostOperations, async () =>
            {
                var text = await context.Request.ReadJsonAsync(s_text);
                visit.Read(Encoding.ASCII.GetBytes(text!), visit.Letter);
                return true;
            }),
            LeftBehindWork.WriteLoop => () => visit.LoopAsync(MostOperations, async () =>
            {
                var letters = Letters(visit, steps.OneIn(3) ? 3_000 : 1 + steps.Next(300));
                await (output is null ? response.WriteAsync(letters) : output.WriteAsync(letters));
                return true;
            }),
            _ => () => visit.LoopAsync(MostOperations, async () =>
            {
                response.Write(Letters(visit, steps.Next(200)).Span);
                await (output is null ? response.FlushAsync() : new ValueTask(output.FlushAsync()));
                return true;
            }),
        };
    }

    private async ValueTask<bool> ReadStreamAsync(Stream stream, LeftBehindVisit visit)
    {
        var began = visit.Phase;
        var buffer = new byte[1 + steps.Next(500)];
        var count = await stream.ReadAsync(buffer);
        visit.Read(buffer.AsSpan(0, count), LeftBehindMessages.UpgradedLetter);
        return count > 0 || began == Phase.Own;
    }

    private async ValueTask<bool> WriteStreamAsync(Stream stream, LeftBehindVisit visit)
    {
        await stream.WriteAsync(Letters(visit, 1 + steps.Next(500)));
        return true;
    }

    // What the WebSocket itself holds of a message may be received after the handler's end.
    private async ValueTask<bool> ReceiveMessageAsync(WebSocket socket, LeftBehindVisit visit)
    {
        var buffer = new byte[1 + steps.Next(500)];
        var received = await socket.ReceiveAsync(buffer.AsMemory(), default);
        visit.Read(buffer.AsSpan(0, received.Count), LeftBehindMessages.UpgradedLetter);
        return received.MessageType != WebSocketMessageType.Close;
    }

    private async ValueTask<bool> SendMessageAsync(WebSocket socket, LeftBehindVisit visit)
    {
        await socket.SendAsync(Letters(visit, 1 + steps.Next(500)), WebSocketMessageType.Text, steps.OneIn(2), default);
        return true;
    }

    private static ReadOnlyMemory<byte> Letters(LeftBehindVisit visit, int count) => Enumerable.Repeat((byte)visit.ResponseLetter, count).ToArray();
}

/// <summary>How a handler of the matrix fails.</summary>
internal sealed class DeliberateFailure : Exception;
