// Owns: what the libraries and examples depend on, read from their build output.

using System.Text.Json;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class DependencyTests
{
    private static readonly string[] s_allowed =
    [
        "TinyHost/", "TinyHost.Metrics/", "TinyHost.RateLimiting/", "TinyHost.Bcrypt/", "TinyHost.HealthChecks/",
        "TinyHost.WindowsServices/", "TinyHost.JsonRpc/", "Hello/", "Daemon/", "JsonRpc/",
        "Microsoft.Extensions.", "System.Diagnostics.EventLog/", "System.ServiceProcess.ServiceController/",
        "System.Threading.RateLimiting/", "BCrypt.Net-Next/",
        "TinyHost.WebConfig/", "YamlDotNet/", "TinyHost.Workers/",
    ];

    [Theory]
    [InlineData(Daemon.Hello)]
    [InlineData(Daemon.JsonRpc)]
    [InlineData(Daemon.Shop)]
    public void An_example_needs_only_the_base_runtime(string project)
    {
        using var configuration = Read(project, ".runtimeconfig.json");
        var options = configuration.RootElement.GetProperty("runtimeOptions");

        // Several frameworks would be listed as "frameworks".
        Assert.Equal("Microsoft.NETCore.App", options.GetProperty("framework").GetProperty("name").GetString());
        Assert.False(options.TryGetProperty("frameworks", out _));
    }

    [Theory]
    [InlineData(Daemon.Hello)]
    [InlineData(Daemon.JsonRpc)]
    [InlineData(Daemon.Shop)]
    [InlineData("src/TinyHost")]
    [InlineData("src/TinyHost.Metrics")]
    [InlineData("src/TinyHost.RateLimiting")]
    [InlineData("src/TinyHost.Bcrypt")]
    [InlineData("src/TinyHost.HealthChecks")]
    [InlineData("src/TinyHost.WindowsServices")]
    [InlineData("src/TinyHost.WebConfig")]
    [InlineData("src/TinyHost.JsonRpc")]
    [InlineData("src/TinyHost.Workers")]
    public void No_build_depends_on_ASP_NET_Core(string project)
    {
        var names = Libraries(project);

        Assert.Contains(names, name => name.StartsWith("Microsoft.Extensions.Hosting.Abstractions/", StringComparison.Ordinal));
        Assert.DoesNotContain(names, name => name.Contains("AspNetCore", StringComparison.OrdinalIgnoreCase));
        Assert.All(names, name => Assert.True(
            s_allowed.Any(allowed => name.StartsWith(allowed, StringComparison.Ordinal)), $"Unexpected dependency: {name}"));
    }

    private static List<string> Libraries(string project)
    {
        using var dependencies = Read(project, ".deps.json");
        return [.. dependencies.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name)];
    }

    private static JsonDocument Read(string project, string extension) =>
        JsonDocument.Parse(File.ReadAllText(Repository.BuiltFile(project, Path.GetFileName(project) + extension)));
}
