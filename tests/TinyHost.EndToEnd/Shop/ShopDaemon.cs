// Owns: the shop of examples/Daemon as a process with folders of its own, and orders placed in it.

using System.Text;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Shop;

internal sealed class ShopDaemon : IAsyncDisposable
{
    private readonly Daemon _daemon;

    private ShopDaemon(Daemon daemon, ShopFolders folders)
    {
        _daemon = daemon;
        Folders = folders;
    }

    public ShopFolders Folders { get; }

    public ChildProcess Process => _daemon.Process;

    public HttpClient Client => _daemon.App;

    public int Port => _daemon.AppPort;

    public int MetricsPort => _daemon.MetricsPort;

    /// <summary>The address without a slash at its end.</summary>
    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Starts the shop with additional settings.</summary>
    public static Task<ShopDaemon> StartAsync(params string[] settings) => StartForPagesAsync(ShopRequests.Origin, settings);

    /// <summary>Starts the shop, which shares its answers with pages of an origin. It also listens on these ports.</summary>
    public static Task<ShopDaemon> StartForPagesAsync(string origin, params int[] ports) =>
        StartForPagesAsync(origin, [.. ports.Select((port, index) => $"--TinyHost:Prefixes:{index + 2}=http://127.0.0.1:{port}/")]);

    public Task<Exposition> ScrapeAsync() => _daemon.ScrapeAsync();

    /// <summary>Places an order of tea.</summary>
    public async Task PlaceAsync(int quantity = 1)
    {
        using var content = new StringContent($$"""{"item":"tea","quantity":{{quantity}}}""", Encoding.UTF8, "application/json");
        using var response = await Client.PostAsync("/api/orders", content, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        Folders.Dispose();
    }

    private static async Task<ShopDaemon> StartForPagesAsync(string origin, string[] settings)
    {
        var folders = new ShopFolders();
        try
        {
            return new ShopDaemon(await Daemon.StartAsync(Daemon.Shop, [.. folders.Settings(origin), .. settings]), folders);
        }
        catch
        {
            folders.Dispose();
            throw;
        }
    }
}
