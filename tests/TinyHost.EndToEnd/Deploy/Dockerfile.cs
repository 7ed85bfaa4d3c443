// Owns: the instructions of a Dockerfile.

using System.Text.Json;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Deploy;

/// <summary>Reads the instructions that the files of deploy/docker may use, each on one line. Others fail the test.</summary>
internal sealed class Dockerfile
{
    private static readonly string[] s_known = ["FROM", "WORKDIR", "COPY", "RUN", "ENV", "EXPOSE", "USER", "ENTRYPOINT"];

    public Dockerfile(string name)
    {
        Name = name;
        foreach (var line in File.ReadLines(Repository.File($"deploy/docker/{name}")).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var words = line.Split(' ', 2);
            Assert.Contains(words[0], s_known);
            Assert.DoesNotContain('\\', words[1]);
            if (words[0] == "FROM")
            {
                Stages.Add([]);
            }

            Stages[^1].Add((words[0], words[1]));
        }

        Assert.Equal(2, Stages.Count);
    }

    public string Name { get; }

    /// <summary>The stage that builds, and the stage that becomes the image.</summary>
    public List<List<(string Instruction, string Arguments)>> Stages { get; } = [];

    /// <summary>The image below the last stage.</summary>
    public string BaseImage => Single("FROM");

    /// <summary>The program and arguments that the container runs.</summary>
    public string[] EntryPoint => JsonSerializer.Deserialize<string[]>(Single("ENTRYPOINT"))!;

    /// <summary>The environment that the image sets.</summary>
    public IReadOnlyDictionary<string, string> Environment =>
        All(Stages[1], "ENV").Select(line => line.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>What the build takes from the repository.</summary>
    public IReadOnlyList<string> Sources => [.. All(Stages[0], "COPY").SelectMany(line => line.Split(' ')[..^1])];

    /// <summary>What the image takes from the build. A path ends in <c>/</c> or is that of a file.</summary>
    public IReadOnlyList<string> Published => [.. Single("COPY").Split(' ')[1..^1]];

    /// <summary>The command that publishes the program, to the folder /app.</summary>
    public string[] PublishCommand => All(Stages[0], "RUN").Single().Split(' ');

    /// <summary>The arguments of the only instruction of this kind in the last stage.</summary>
    public string Single(string instruction) => Assert.Single(All(Stages[1], instruction));

    private static IEnumerable<string> All(List<(string Instruction, string Arguments)> stage, string instruction) =>
        stage.Where(line => line.Instruction == instruction).Select(line => line.Arguments);
}
