// Owns: printing the source files that one plain GET runs through, behind errors, metrics and routes: the main path of architecture.md.

using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using TinyHost;
using TinyHost.MainPath;
using TinyHost.Metrics;

using var methods = new CompiledMethods();
var options = new ServerOptions { Prefixes = { "http://127.0.0.1:0/", $"http://127.0.0.1:{args[0]}/" } };
var app = new Pipeline()
    .UseErrors(logger: NullLogger.Instance)
    .UseMetrics(port: int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture))
    .Run(new Routes().Get("/hello", context => context.Response.WriteTextAsync("Hello from TinyHost!")).HandleAsync);
await using var server = new HttpServer(options, app);
await server.StartAsync();

// The clocks have ticked once, each to its last step: what they run later is not taken for the request's.
await methods.UntilAsync(method => method is { Type: "TinyHost.BlockedThreads", Name: "LogReported" });
await methods.UntilAsync(method => method is { Type: "TinyHost.PoolWatch", Name: "System.Threading.IThreadPoolWorkItem.Execute" });
var endPoint = server.EndPoints[0];
Markers.Begin();
await methods.UntilAsync(method => method.Type == typeof(Markers).FullName && method.Name == nameof(Markers.Begin));
var start = methods.Count;
using var client = new TcpClient();
await GetAsync(client, endPoint);
Markers.End();
await methods.UntilAsync(method => method.Type == typeof(Markers).FullName && method.Name == nameof(Markers.End));
var end = methods.Count;

foreach (var assembly in new[] { typeof(HttpServer).Assembly, typeof(MetricsOptions).Assembly })
{
    foreach (var file in SourceFiles.Of(assembly, methods.Between(start, end)))
    {
        Console.WriteLine(file);
    }
}

// The connection stays open: closing it is not part of the path.
static async Task GetAsync(TcpClient client, IPEndPoint endPoint)
{
    await client.ConnectAsync(endPoint);
    var stream = client.GetStream();
    await stream.WriteAsync("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
    var response = new byte[4_096];
    var length = await stream.ReadAtLeastAsync(response, 1);
    var text = Encoding.Latin1.GetString(response, 0, length);
    if (!text.EndsWith("Hello from TinyHost!", StringComparison.Ordinal))
    {
        throw new InvalidOperationException($"The server answered: {text}");
    }
}

/// <summary>Compiled when they are called: they mark a moment in the list of compiled methods.</summary>
internal static class Markers
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Begin()
    {
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void End()
    {
    }
}
