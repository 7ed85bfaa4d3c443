// Owns: that the project files in docs/cookbook.md publish the program of README.md, without a warning, and that it runs.

using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Cookbook;

public sealed partial class PublishingRecipes
{
    [Fact]
    public Task Compile_to_native_code()
    {
        OutsideProgram.Require("gcc", package: "gcc");
        return PublishAndRunAsync("Compile to native code");
    }

    [Fact]
    public Task Publish_a_single_file() => PublishAndRunAsync("Publish a single file");

    private static async Task PublishAndRunAsync(string title)
    {
        using var directory = new TemporaryDirectory();
        var project = DocumentedProgram.Find(DocumentedProgram.Cookbook, title).Code
            .Replace("../TinyHost/", Repository.Root, StringComparison.Ordinal);
        directory.Write("Shop.csproj", project);
        directory.Write("Program.cs", await File.ReadAllTextAsync(
            Repository.File("examples/Hello/Program.cs"), TestContext.Current.CancellationToken));
        var published = Path.Combine(directory.Path, "published");
        var (exitCode, output, errors) = await ChildProcess.RunAsync(
            "dotnet",
            [
                "publish", Path.Combine(directory.Path, "Shop.csproj"), "--runtime", RuntimeInformation.RuntimeIdentifier, "-warnaserror",
                "-maxcpucount:1", "-nodeReuse:false", "-p:UseSharedCompilation=false", "-p:RunAnalyzers=false",
                "--artifacts-path", Path.Combine(directory.Path, "artifacts"), "--output", published,
            ]);
        Assert.SkipWhen(IsPackageMissing().IsMatch(output), "needs a runtime package that the package registry of this machine lacks");
        Assert.True(exitCode == 0, $"dotnet publish exited with {exitCode}:\n{output}\n{errors}");
        Assert.DoesNotContain(Directory.GetFiles(published), file => file.EndsWith(".dll", StringComparison.Ordinal));

        var (port, metricsPort) = (FreePort.Next(), FreePort.Next());
        await using var program = ChildProcess.Start(Path.Combine(published, "Shop"), Daemon.Ports(port, metricsPort));
        await program.WaitForOutputAsync("Application started");
        using var http = new HttpClient();
        Assert.Equal("Hello from TinyHost!", await http.GetStringAsync(
            new Uri($"http://127.0.0.1:{port}/hello"), TestContext.Current.CancellationToken));
        Assert.Contains(
            "http_server_request_duration_seconds_count",
            await http.GetStringAsync(new Uri($"http://127.0.0.1:{metricsPort}/metrics"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [GeneratedRegex(@"error NU110[12].*(ILCompiler|Microsoft\.NETCore\.App\.)", RegexOptions.IgnoreCase)]
    private static partial Regex IsPackageMissing();
}
