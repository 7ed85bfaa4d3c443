// Owns: a program of docs/ as a running process, and the commands shown with it.

using System.Runtime.CompilerServices;

namespace TinyHost.EndToEnd.Support;

/// <summary>
/// The program of a page's section, compiled from the page and started in a directory of its own, on free ports in place of 8080 and 9100.
/// </summary>
internal sealed class Recipe : IAsyncDisposable
{
    private readonly DocumentedProgram _program;
    private readonly TemporaryDirectory _directory;
    private readonly int _port = FreePort.Next();
    private readonly int _metricsPort = FreePort.Next();
    private ChildProcess? _process;

    private Recipe(DocumentedProgram program, TemporaryDirectory directory)
    {
        _program = program;
        _directory = directory;
        Http = new HttpClient { BaseAddress = new Uri($"http://localhost:{_port}/"), Timeout = Deadline.Limit };
    }

    /// <summary>The setting for scrapes that a busy machine may take long to answer.</summary>
    public static IReadOnlyDictionary<string, string> PatientScrapes { get; } =
        new Dictionary<string, string> { ["TinyHost__Metrics__CallbackTimeout"] = "60" };

    public ChildProcess Process => _process!;

    /// <summary>The program's current directory.</summary>
    public string Folder => _directory.Path;

    public HttpClient Http { get; }

    public int Port => _port;

    public int MetricsPort => _metricsPort;

    /// <summary>
    /// Starts the program in the section of docs/cookbook.md whose title is the caller's name, and waits until it listens.
    /// </summary>
    public static Task<Recipe> StartAsync([CallerMemberName] string title = "") => StartAsync(_ => { }, title: title);

    /// <summary>
    /// As the other overload, with a folder that <paramref name="prepare"/> fills, environment variables, and another page.
    /// </summary>
    public static async Task<Recipe> StartAsync(
        Action<TemporaryDirectory> prepare,
        IReadOnlyDictionary<string, string>? environment = null,
        string page = DocumentedProgram.Cookbook,
        string ready = "Application started",
        [CallerMemberName] string title = "")
    {
        var recipe = new Recipe(DocumentedProgram.Find(page, title.Replace('_', ' ')), new TemporaryDirectory());
        try
        {
            prepare(recipe._directory);
            await recipe.StartAsync(environment, ready);
            return recipe;
        }
        catch
        {
            await recipe.DisposeAsync();
            throw;
        }
    }

    /// <summary>The text that a GET of the path is answered with. Fails the test for other statuses than 2xx.</summary>
    public Task<string> GetAsync(string path) => Http.GetStringAsync(path, TestContext.Current.CancellationToken);

    /// <summary>The status that a GET of the path is answered with.</summary>
    public async Task<int> GetStatusAsync(string path)
    {
        using var answer = await Http.GetAsync(path, TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    /// <summary>
    /// Runs the commands shown with the program, and compares their output with the lines shown: <c>…</c> stands for any text. Fails the
    /// test if the page shows none.
    /// </summary>
    public async Task RunShownCommandsAsync()
    {
        var commands = ShownCommand.Read(_program.Commands);
        Assert.NotEmpty(commands);
        foreach (var command in commands)
        {
            await command.Adapt(OnFreePorts).RunAsync(Folder, _process);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task StartAsync(IReadOnlyDictionary<string, string>? environment, string ready)
    {
        var assembly = ProgramCompiler.Compile(OnFreePorts(_program.Code), Folder);
        string Built(string extension) => Path.ChangeExtension(typeof(Recipe).Assembly.Location, extension);
        _process = ChildProcess.Start(
            "dotnet",
            [
                "exec", "--depsfile", Built(".deps.json"), "--runtimeconfig", Built(".runtimeconfig.json"), assembly,
                $"--TinyHost:Prefixes=http://localhost:{_port}/",
            ],
            // As users run it; the tests themselves run without tiered compilation.
            new Dictionary<string, string>(environment ?? new Dictionary<string, string>()) { ["DOTNET_TieredCompilation"] = "1" },
            Folder);
        await _process.WaitForOutputAsync(ready);
    }

    private string OnFreePorts(string text) =>
        text.Replace("8080", $"{_port}", StringComparison.Ordinal).Replace("9100", $"{_metricsPort}", StringComparison.Ordinal);
}
