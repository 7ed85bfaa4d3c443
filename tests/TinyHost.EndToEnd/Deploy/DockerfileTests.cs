// Owns: that the Dockerfiles of deploy/docker build what they say, as far as that shows without a container engine.

using System.Text.RegularExpressions;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Deploy;

public sealed partial class DockerfileTests
{
    private const string Managed = "Dockerfile";
    private const string Native = "Dockerfile.native";

    [Theory]
    [InlineData(Managed, "mcr.microsoft.com/dotnet/runtime:")]
    [InlineData(Native, "mcr.microsoft.com/dotnet/runtime-deps:")]
    public async Task The_image_is_small_has_the_ports_of_the_example_and_does_not_run_as_root(string name, string baseImage)
    {
        var file = new Dockerfile(name);
        Assert.StartsWith(baseImage, file.BaseImage, StringComparison.Ordinal);
        Assert.Equal("$APP_UID", file.Single("USER"));
        var (app, metrics) = await ExampleFacts.PortsAsync();
        Assert.Equal($"{app} {metrics}", file.Single("EXPOSE"));
        // Both stages have the version of .NET that the projects target, and the same system, so that the same C library.
        var framework = TargetFramework().Match(await ReadAsync("Directory.Build.props")).Groups[1].Value;
        Assert.All(file.Stages, stage => Assert.Contains($":{framework}-noble", stage[0].Arguments, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Managed)]
    [InlineData(Native)]
    public async Task The_sources_exist_and_are_part_of_the_context(string name)
    {
        var ignored = (await ReadAsync($"deploy/docker/{name}.dockerignore")).Split('\n');
        Assert.Contains("*", ignored);
        Assert.All(new Dockerfile(name).Sources, source =>
        {
            Assert.True(Path.Exists(Repository.File(source)), source);
            Assert.Contains($"!{source.TrimEnd('/')}", ignored);
        });
    }

    [Fact]
    public Task The_image_for_the_runtime_has_all_it_runs() => PublishAndRunAsync(new Dockerfile(Managed));

    [Fact]
    public Task The_native_image_has_all_it_runs()
    {
        OutsideProgram.Require("gcc", package: "gcc");
        return PublishAndRunAsync(new Dockerfile(Native));
    }

    private static async Task PublishAndRunAsync(Dockerfile file)
    {
        using var directory = new TemporaryDirectory();
        var source = Path.Combine(directory.Path, "source");
        foreach (var path in file.Sources)
        {
            Copy(Repository.File(path), Path.Combine(source, path));
        }

        var published = Path.Combine(directory.Path, "published");
        var (exitCode, output, errors) = await ChildProcess.RunAsync(
            file.PublishCommand[0],
            [
                .. file.PublishCommand[1..].Select(word => word == "/app" ? published : word),
                "-warnaserror", "-maxcpucount:1", "-nodeReuse:false", "-p:UseSharedCompilation=false", "-p:RunAnalyzers=false",
            ],
            workingDirectory: source);
        Assert.SkipWhen(IsPackageMissing().IsMatch(output), "The package registry of this machine lacks a package of the runtime.");
        Assert.True(exitCode == 0, $"dotnet publish exited with {exitCode}:\n{output}\n{errors}");

        var image = Path.Combine(directory.Path, "image");
        foreach (var path in file.Published)
        {
            Assert.StartsWith("/app", path, StringComparison.Ordinal);
            Copy(published + path["/app".Length..], Path.Combine(image, path.Split('/')[^1] is "app" ? "" : Path.GetFileName(path)));
        }

        await using var container = await Container.StartAsync(file, image);
        Assert.Equal("""{"jsonrpc":"2.0","result":3,"id":1}""", await container.App.CallAsync("add", "[1,2]"));
        Assert.Contains("rpc_server_call_duration_seconds_count", await container.ScrapeAsync(), StringComparison.Ordinal);
        Assert.Equal("", container.Process.Errors.ToString());
        Assert.Equal(0, await container.Process.TerminateAsync());
    }

    /// <summary>Copies a file or a folder, without build output, as the .dockerignore says.</summary>
    private static void Copy(string from, string to)
    {
        if (File.Exists(from))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(from, to);
            return;
        }

        Assert.True(Directory.Exists(from), $"Missing: {from}");
        Directory.CreateDirectory(to);
        foreach (var entry in Directory.GetFileSystemEntries(from).Where(entry => Path.GetFileName(entry) is not ("bin" or "obj")))
        {
            Copy(entry, Path.Combine(to, Path.GetFileName(entry)));
        }
    }

    private static Task<string> ReadAsync(string path) =>
        File.ReadAllTextAsync(Repository.File(path), TestContext.Current.CancellationToken);

    [GeneratedRegex("<TargetFramework>net([0-9.]+)</TargetFramework>")]
    private static partial Regex TargetFramework();

    [GeneratedRegex(@"error NU110[12].*(ILCompiler|Microsoft\.NETCore\.App\.)", RegexOptions.IgnoreCase)]
    private static partial Regex IsPackageMissing();
}
