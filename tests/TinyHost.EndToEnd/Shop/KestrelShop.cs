// Owns: the shop on Kestrel as a process.

using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Shop;

internal sealed class KestrelShop : IAsyncDisposable
{
    private const string Project = "tests/TinyHost.Kestrel";

    private readonly ChildProcess _process;

    private KestrelShop(ChildProcess process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Starts the shop with these settings. Skips the test on a machine without the ASP.NET Core runtime.</summary>
    public static async Task<KestrelShop> StartAsync(params string[] settings)
    {
        var process = ChildProcess.Start("dotnet", [Repository.BuiltFile(Project, "TinyHost.Kestrel.dll"), "shop", .. settings]);
        try
        {
            using var deadline = Deadline.Start();
            if (await process.Output.FirstAsync("http://", deadline.Token) is { } line)
            {
                return new KestrelShop(process, new Uri(line).Port);
            }

            // The SDK includes the framework; the plain .NET runtime does not.
            Assert.SkipWhen(
                process.Errors.ToString().Contains("Microsoft.AspNetCore.App", StringComparison.Ordinal),
                "needs the ASP.NET Core runtime (package aspnetcore-runtime-10.0)");
            Assert.Fail($"Kestrel did not start.\n{process}");
            return null!;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
