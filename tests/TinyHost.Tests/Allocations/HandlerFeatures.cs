// Owns: the features that handlers use: what they read of requests, and how they answer.

using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using TinyHost.JsonRpc;
using TinyHost.Tests.Support;
using static TinyHost.Tests.Allocations.Feature;

namespace TinyHost.Tests.Allocations;

internal static partial class HandlerFeatures
{
    private const int FileSize = 4_096;
    private const string Chunked =
        "POST /users/me HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nd\r\nHello, world!\r\n0\r\n\r\n";
    private const string Call = """{"jsonrpc":"2.0","method":"add","params":[2,3],"id":1}""";

    private static readonly byte[] s_content = "Hello, world!"u8.ToArray();
    private static readonly Item s_item = new(1, "spoon");
    private static readonly Func<Task> s_completed = () => Task.CompletedTask;
    private static readonly IServiceProvider s_services = new ServiceCollection().AddScoped<Scoped>().BuildServiceProvider();

    /// <summary>All but those with files.</summary>
    internal static IEnumerable<Feature> All() => [.. Reading(), .. Answering(), .. Messages()];

    /// <summary>Those that need a folder with a file of 4 KiB, <c>page.html</c>.</summary>
    internal static IEnumerable<Feature> WithFiles(string folder)
    {
        var etag = $"\"{TemporaryFolder.Modified.UtcTicks:x}-{FileSize:x}\"";
        return
        [
            OfFile("a file of 4 KiB", "", Ok),
            OfFile("a file, 304", $"If-None-Match: {etag}\r\n", "HTTP/1.1 304 Not Modified\r\n"),
            OfFile("100 bytes of a file, 206", "Range: bytes=0-99\r\n", "HTTP/1.1 206 Partial Content\r\n"),
        ];

        Feature OfFile(string name, string fields, string sent) =>
            OfStage(name, pipeline => pipeline.MapFiles("/files", folder), sent: sent) with
            {
                Input = With(fields, "GET /files/page.html HTTP/1.1"),
            };
    }

    internal static void WriteFile(TemporaryFolder folder) => folder.Write("page.html", new string('x', FileSize));

    private static IEnumerable<Feature> Reading() =>
    [
        OfHandler("`Query`, two parameters", QueryAsync, With("", "GET /users/me?a=1&b=2 HTTP/1.1")),
        OfHandler("`Cookies`, two cookies", CookiesAsync, With("Cookie: a=1; b=2\r\n")),
        OfHandler("`ReadFormAsync`, two fields", FormAsync, Post("application/x-www-form-urlencoded", "a=1&b=2")),
        OfHandler("`ReadJsonAsync`, two members", JsonAsync, Post("application/json", """{"Id":1,"Name":"spoon"}""")),
        OfHandler("chunked content", ContentAsync, Chunked),
        OfHandler("`Services`, nothing resolved", ServicesAsync) with { Services = s_services },
        OfHandler("`Services`, a scoped service", ScopedAsync) with { Services = s_services },
    ];

    private static IEnumerable<Feature> Answering() =>
    [
        OfHandler("`WriteJsonAsync`, two members", context => context.Response.WriteJsonAsync(s_item, ItemTypes.Default.Item)),
        OfHandler("`SetCookie`", SetCookieAsync, sent: "Set-Cookie: a=1"),
        OfHandler("`Redirect`", RedirectAsync, sent: "HTTP/1.1 302 Found\r\n"),
        OfHandler("`OnStarting`, with a closure", StartingAsync, sent: "X-Started: 1\r\n"),
        OfHandler("`OnCompleted`, without a closure", CompletedAsync),
        OfHandler("a streamed response (flush)", FlushAsync, sent: "Transfer-Encoding: chunked\r\n"),
    ];

    private static IEnumerable<Feature> Messages() =>
    [
        OfHandler("an event of `WriteEventsAsync` that is ready", EventsAsync, Events(101), "text/event-stream") with
        {
            Less = Events(1),
            Units = 100,
        },
        OfHandler("a WebSocket message, echoed", EchoAsync, Frame("0123456789abcdef"), "HTTP/1.1 101 ") with
        {
            Opening = With("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
        },
        OfRpc("a JSON-RPC call of a raw method", Call.Replace("add", "raw", StringComparison.Ordinal)),
        OfRpc("a JSON-RPC call of a typed method", Call),
        OfRpc("a JSON-RPC batch of two calls", $"[{Call},{Call}]"),
    ];

    private static Feature OfRpc(string name, string message)
    {
        var handler = new JsonRpcHandler().Add("add", (long a, long b) => a + b).Add("raw", WriteFive);
        return new Feature(name, Post("application/json", message), "\"result\":5") { Routes = new Routes().Post("/users/me", handler) };
    }

    private static ValueTask<JsonRpcError?> WriteFive(JsonRpcCall call)
    {
        call.Result.WriteNumberValue(5);
        return default;
    }

    // Assertions would allocate.
    private static Task AnswerIf(bool isRight, RequestContext context) =>
        isRight ? Answer(context) : throw new InvalidOperationException("Read something else.");

    private static Task QueryAsync(RequestContext context) => AnswerIf(context.Request.Query["b"] == "2", context);

    private static Task CookiesAsync(RequestContext context) => AnswerIf(context.Request.Cookies["b"] == "2", context);

    private static async Task FormAsync(RequestContext context) =>
        await AnswerIf((await context.Request.ReadFormAsync())["b"] == "2", context);

    private static async Task JsonAsync(RequestContext context) =>
        await AnswerIf((await context.Request.ReadJsonAsync(ItemTypes.Default.Item))?.Id == 1, context);

    private static async Task ContentAsync(RequestContext context) =>
        await AnswerIf((await context.Request.Body.ReadAllAsync()).Length == s_content.Length, context);

    private static Task ServicesAsync(RequestContext context) => AnswerIf(context.Services is not null, context);

    private static Task ScopedAsync(RequestContext context) =>
        AnswerIf(context.Services.GetRequiredService<Scoped>() is not null, context);

    private static Task SetCookieAsync(RequestContext context)
    {
        context.Response.SetCookie("a", "1");
        return Answer(context);
    }

    private static Task RedirectAsync(RequestContext context)
    {
        context.Response.Redirect("/login");
        return Task.CompletedTask;
    }

    private static Task StartingAsync(RequestContext context)
    {
        context.Response.OnStarting(() => context.Response.Fields["X-Started"] = "1");
        return Answer(context);
    }

    private static Task CompletedAsync(RequestContext context)
    {
        context.Response.OnCompleted(s_completed);
        return Answer(context);
    }

    private static async Task FlushAsync(RequestContext context)
    {
        context.Response.Write(s_content);
        await context.Response.FlushAsync();
        context.Response.Write(s_content);
    }

    private static string Events(int count) => Get.Replace("/users/me", $"/{count}", StringComparison.Ordinal);

    private static Task EventsAsync(RequestContext context) =>
        context.Response.WriteEventsAsync(Ticks(int.Parse(context.Request.Path.AsSpan(1), null)));

#pragma warning disable CS1998 // Always ready.
    private static async IAsyncEnumerable<string> Ticks(int count, [EnumeratorCancellation] CancellationToken cancellationToken = default)
#pragma warning restore CS1998
    {
        for (var i = 0; i < count && !cancellationToken.IsCancellationRequested; i++)
        {
            yield return "tick";
        }
    }

    private static async Task EchoAsync(RequestContext context)
    {
        using var socket = await context.AcceptWebSocketAsync();
        var buffer = new byte[100];
        while (true)
        {
            var message = await socket!.ReceiveAsync(buffer.AsMemory(), default);
            await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, default);
        }
    }

    // A text of fewer than 126 characters, masked with zeros.
    private static string Frame(string text) => $"\x81{(char)(0x80 | text.Length)}\0\0\0\0{text}";

    internal sealed record Item(int Id, string Name);

    [JsonSerializable(typeof(Item))]
    internal sealed partial class ItemTypes : JsonSerializerContext;

    private sealed class Scoped : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
