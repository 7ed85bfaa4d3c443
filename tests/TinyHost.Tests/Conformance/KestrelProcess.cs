// Owns: the process of tests/TinyHost.Kestrel, from start to end.

using System.Diagnostics;
using System.Net;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Conformance;

internal sealed class KestrelProcess : IAsyncDisposable
{
    private readonly Process _process;

    private KestrelProcess(Process process, IPEndPoint endPoint)
    {
        _process = process;
        EndPoint = endPoint;
    }

    internal IPEndPoint EndPoint { get; }

    internal static async Task<KestrelProcess> StartAsync()
    {
        // tests/TinyHost.Tests/bin/CONFIGURATION/net10.0/
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var folder = Path.Combine(Repository.Root, "tests", "TinyHost.Kestrel", "bin", output.Parent!.Name, output.Name);
        var program = Path.Combine(folder, "TinyHost.Kestrel.dll");
        var process = Process.Start(new ProcessStartInfo("dotnet", [program])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(TestTimeout.Long);
        if (line is null)
        {
            var errors = await process.StandardError.ReadToEndAsync();
            process.Dispose();
            // The SDK includes the framework; the plain .NET runtime does not.
            Assert.SkipWhen(
                errors.Contains("Microsoft.AspNetCore.App", StringComparison.Ordinal),
                "needs the ASP.NET Core runtime (package aspnetcore-runtime-10.0)");
            Assert.Fail($"Kestrel did not start: {errors}");
        }

        return new KestrelProcess(process, new IPEndPoint(IPAddress.Loopback, new Uri(line).Port));
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(TestTimeout.Long);
        _process.Dispose();
    }
}
