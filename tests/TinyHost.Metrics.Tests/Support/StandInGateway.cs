// Owns: a server in place of a Pushgateway that keeps the requests it gets.

using System.Collections.Concurrent;
using System.Text;

namespace TinyHost.Metrics.Tests.Support;

internal sealed class StandInGateway : IAsyncDisposable
{
    private readonly ConcurrentQueue<Received> _requests = new();
    private MetricsServer? _server;

    /// <summary>How it answers; by default with 200.</summary>
    internal Func<RequestContext, Task> Answer { get; set; } = _ => Task.CompletedTask;

    internal IReadOnlyList<Received> Requests => [.. _requests];

    internal Uri Address => new($"http://127.0.0.1:{_server!.AppPort}/");

    internal static async Task<StandInGateway> StartAsync()
    {
        var gateway = new StandInGateway();
        gateway._server = await MetricsServer.StartAsync(app: gateway.HandleAsync);
        return gateway;
    }

    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    private async Task HandleAsync(RequestContext context)
    {
        var request = context.Request;
        using var reader = new StreamReader(request.Body.AsStream(), Encoding.UTF8);
        var text = await reader.ReadToEndAsync();
        _requests.Enqueue(new(
            request.Method, request.Path, request.RawQuery, request.Fields["Authorization"], request.Fields["Content-Type"], text));
        await Answer(context);
    }

    internal sealed record Received(string Method, string Path, string Query, string? Authorization, string? ContentType, string Text);
}
