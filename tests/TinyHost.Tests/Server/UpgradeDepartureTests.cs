// Owns: tests that a peer leaving an upgraded connection is not an error, however the handler notices.

using System.Net.WebSockets;
using System.Reflection;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class UpgradeDepartureTests : IDisposable
{
    private const string Upgrade = "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: line\r\n\r\n";

    private const string Handshake =
        "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private readonly RecordingLogger _log = new();

    public void Dispose() => _log.Dispose();

    /// <summary>How the peer leaves: a clean end, a reset, half a frame, frames that RFC 6455 forbids.</summary>
    public static TheoryData<string> Departures => ["finish", "reset", "half", "reserved", "unmasked"];

    public static TheoryData<string, string> WebSocketCases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var departure in Departures.Select(row => row.Data))
        {
            // If the peer broke the protocol but is still connected, a handler that continues makes its own mistake.
            var goesOn = departure is "reserved" or "unmasked" ? " after a receive has failed" : "-";
            foreach (var handler in s_webSocketHandlers.Keys.Where(handler => !handler.EndsWith(goesOn, StringComparison.Ordinal)))
            {
                cases.Add(departure, handler);
            }
        }

        return cases;
    }

    private static readonly Dictionary<string, Func<WebSocket, Task>> s_webSocketHandlers = new()
    {
        ["receives"] = ReceiveAllAsync,
        ["receives in a task that is waited for"] = socket =>
            ReceiveAllAsync(socket).ContinueWith(task => task.Wait(), TaskScheduler.Default),
        ["receives behind reflection"] = async socket =>
            throw new TargetInvocationException(await Record.ExceptionAsync(() => ReceiveAllAsync(socket))),
        ["wraps in an exception of its own"] = async socket =>
        {
            try
            {
                await ReceiveAllAsync(socket);
            }
            catch (WebSocketException e)
            {
                throw new InvalidOperationException("The chat ended.", e);
            }
        },
        ["sends after a receive has failed"] = async socket =>
        {
            await Task.WhenAny(ReceiveAllAsync(socket));
            await socket.SendAsync(new byte[1], WebSocketMessageType.Text, true, default);
            await socket.SendAsync(new byte[1], WebSocketMessageType.Text, true, default);
        },
        ["closes after a receive has failed"] = async socket =>
        {
            await Task.WhenAny(ReceiveAllAsync(socket));
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
            await ReceiveAllAsync(socket);
        },
    };

    private static readonly Dictionary<string, Func<Stream, Task>> s_streamHandlers = new()
    {
        ["reads exactly"] = stream => stream.ReadExactlyAsync(new byte[1_000]).AsTask(),
        ["reports a transport's end as TLS does"] = async stream =>
        {
            while (await stream.ReadAsync(new byte[100]) > 0)
            {
            }

            throw new IOException("Received an unexpected EOF or 0 bytes from the transport stream.");
        },
        ["wraps the end"] = async stream =>
        {
            try
            {
                await stream.ReadExactlyAsync(new byte[1_000]);
            }
            catch (IOException e)
            {
                throw new AggregateException(new InvalidOperationException("No greeting.", e));
            }
        },
    };

    public static TheoryData<string> StreamHandlers => [.. s_streamHandlers.Keys];

    [Theory]
    [MemberData(nameof(WebSocketCases))]
    public async Task A_peer_that_leaves_a_websocket_without_a_close_frame_is_not_an_error(string departure, string handler) =>
        await AssertNoErrorAsync(Handshake, departure, async context =>
        {
            using var socket = await context.AcceptWebSocketAsync();
            await s_webSocketHandlers[handler](socket!);
        });

    [Theory]
    [MemberData(nameof(StreamHandlers))]
    public async Task A_peer_that_leaves_an_upgraded_stream_is_not_an_error(string handler)
    {
        foreach (var departure in new[] { "finish", "reset" })
        {
            await AssertNoErrorAsync(
                Upgrade, departure, async context => await s_streamHandlers[handler](await context.UpgradeAsync("line")));
        }
    }

    [Fact]
    public async Task A_departure_is_logged_at_level_Debug()
    {
        using var server = new MemoryServer(
            async context => await ReceiveAllAsync((await context.AcceptWebSocketAsync())!),
            new MemoryTransport().Arrive(Handshake).FinishSending());
        await server.EndAsync();
        Assert.Contains(server.Log.Entries, entry =>
            entry.Level == LogLevel.Debug
            && entry.Message.StartsWith("Connection 1: the peer ended the upgraded connection: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(typeof(FileNotFoundException))]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(NullReferenceException))]
    public async Task An_error_of_the_handler_is_still_an_error_after_the_peer_has_left(Type type)
    {
        var fault = (Exception)Activator.CreateInstance(type)!;
        using var server = new MemoryServer(
            async context =>
            {
                var stream = await context.UpgradeAsync("line");
                Assert.Equal(0, await stream.ReadAsync(new byte[1]));
                throw fault;
            },
            new MemoryTransport().Arrive(Upgrade).FinishSending());
        await server.EndAsync();
        Assert.Same(fault, Assert.Single(server.Log.Entries, entry => entry.Level == LogLevel.Error).Exception);
    }

    // A full disk and a missing file are IOExceptions as well.
    [Theory]
    [InlineData(unchecked((int)0x80070070))]
    [InlineData(28)]
    public async Task An_IO_error_of_the_operating_system_is_still_an_error_after_the_peer_has_left(int code)
    {
        using var server = new MemoryServer(
            async context =>
            {
                var stream = await context.UpgradeAsync("line");
                Assert.Equal(0, await stream.ReadAsync(new byte[1]));
                throw new IOException("No space left on device", code);
            },
            new MemoryTransport().Arrive(Upgrade).FinishSending());
        await server.EndAsync();
        Assert.Equal(1, server.Log.Errors);
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(EndOfStreamException))]
    [InlineData(typeof(WebSocketException))]
    [InlineData(typeof(OperationCanceledException))]
    public async Task The_same_exceptions_are_errors_while_the_peer_is_connected(Type type)
    {
        var fault = (Exception)Activator.CreateInstance(type)!;
        using var server = new MemoryServer(
            async context =>
            {
                var stream = await context.UpgradeAsync("line");
                Assert.Equal(1, await stream.ReadAsync(new byte[1]));
                throw fault;
            },
            new MemoryTransport().Arrive(Upgrade + "x"));
        await server.EndAsync();
        Assert.Equal(1, server.Log.Errors);
    }

    // An end caused by the handler itself does not mean that the peer has left.
    [Fact]
    public async Task A_read_cancelled_by_the_handler_is_not_a_departure()
    {
        using var cancel = new CancellationTokenSource();
        using var server = new MemoryServer(
            async context =>
            {
                var stream = await context.UpgradeAsync("line");
                var read = stream.ReadAsync(new byte[1], cancel.Token);
                await cancel.CancelAsync();
                await read;
            },
            new MemoryTransport().Arrive(Upgrade));
        await server.EndAsync();
        Assert.IsAssignableFrom<OperationCanceledException>(
            Assert.Single(server.Log.Entries, entry => entry.Level == LogLevel.Error).Exception);
    }

    private async Task AssertNoErrorAsync(string request, string departure, Func<RequestContext, Task> handler)
    {
        foreach (var app in new[] { handler, ErrorHandling.Wrap(handler, _log) })
        {
            var transport = new MemoryTransport().Arrive(request);
            using var server = new MemoryServer(app, transport);
            await transport.SentAsync(sent => sent.Contains("\r\n\r\n", StringComparison.Ordinal));
            Leave(transport, departure);
            await server.HangUpAsync();
            Assert.Equal([], server.Log.Entries.Concat(_log.Entries).Where(entry => entry.Level > LogLevel.Debug));
        }
    }

    private static void Leave(MemoryTransport transport, string departure)
    {
        switch (departure)
        {
            case "finish":
                transport.FinishSending();
                break;
            case "reset":
                transport.Reset();
                break;
            case "half":
                transport.Arrive([0x81, 0x85, 1]).FinishSending();
                break;
            case "reserved":
                transport.Arrive([0xF1, 0x80, 0, 0, 0, 0]);
                break;
            default:
                transport.Arrive([0x81, 0x01, 0x41, 0, 0, 0, 0, 0]);
                break;
        }
    }

    private static async Task ReceiveAllAsync(WebSocket socket)
    {
        var buffer = new byte[100];
        while (await socket.ReceiveAsync(buffer, CancellationToken.None) is { MessageType: not WebSocketMessageType.Close })
        {
        }
    }
}
