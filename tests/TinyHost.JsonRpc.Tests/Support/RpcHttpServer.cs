// Owns: a handler behind a server on a free port, and its client.

using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace TinyHost.JsonRpc.Tests.Support;

/// <summary>Serves a handler at <c>/rpc</c>.</summary>
internal sealed class RpcHttpServer : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly HttpServer _server;

    private RpcHttpServer(ServiceProvider services, HttpServer server) => (_services, _server) = (services, server);

    public HttpClient Client { get; } = new();

    public static Task<RpcHttpServer> StartAsync(JsonRpcOptions? options = null, params (string Key, string Value)[] settings)
    {
        var handler = new JsonRpcHandler(options);
        RpcServer.AddMethods(handler);
        return StartAsync(handler, settings: settings);
    }

    public static Task<RpcHttpServer> StartAsync(
        JsonRpcHandler handler,
        Func<Func<RequestContext, Task>, Func<RequestContext, Task>>? wrap = null,
        params (string Key, string Value)[] settings) => StartAsync(handler, wrap, port: 0, settings);

    public static Task<RpcHttpServer> StartAsync(JsonRpcHandler handler, Action<IServiceCollection> addServices) =>
        StartAsync(handler, wrap: null, port: 0, [], addServices);

    public static async Task<RpcHttpServer> StartAsync(
        JsonRpcHandler handler,
        Func<Func<RequestContext, Task>, Func<RequestContext, Task>>? wrap,
        int port,
        (string Key, string Value)[] settings,
        Action<IServiceCollection>? addServices = null)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
        var collection = new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration).AddLogging().AddMetrics().AddScoped(_ => new StringBuilder("!"))
            .AddKeyedScoped("other", (_, _) => new StringBuilder("?"));
        addServices?.Invoke(collection);
        var services = collection.BuildServiceProvider();
        var options = new ServerOptions { Services = services };
        options.Prefixes.Add($"http://127.0.0.1:{port}/");
        Func<RequestContext, Task> app = new Routes().Post("/rpc", handler);
        var server = new HttpServer(options, wrap?.Invoke(app) ?? app);
        try
        {
            await server.StartAsync();
        }
        catch
        {
            await server.DisposeAsync();
            await services.DisposeAsync();
            throw;
        }

        return new RpcHttpServer(services, server) { Client = { BaseAddress = new Uri($"http://{server.EndPoints[0]}") } };
    }

    /// <summary>A call with id 1.</summary>
    public static string Call(string method, string parameters) =>
        $$"""{"jsonrpc":"2.0","method":"{{method}}","params":{{parameters}},"id":1}""";

    public async Task<HttpResponseMessage> PostAsync(string message)
    {
        using var content = new StringContent(message, Encoding.UTF8, "application/json");
        return await Client.PostAsync(new Uri("/rpc", UriKind.Relative), content, TestContext.Current.CancellationToken);
    }

    /// <summary>The reply to a call.</summary>
    public async Task<string> CallAsync(string method, string parameters)
    {
        using var response = await PostAsync(Call(method, parameters));
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
        await _services.DisposeAsync();
    }
}
