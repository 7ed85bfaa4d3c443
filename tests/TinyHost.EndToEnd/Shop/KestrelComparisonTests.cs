// Owns: comparing the shop on TinyHost with the same shop on Kestrel, answer by answer.

using System.Text.RegularExpressions;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Shop;

public sealed partial class KestrelComparisonTests
{
    [Fact]
    public async Task Every_difference_of_the_answers_is_explained_and_no_explanation_is_stale()
    {
        var explanations = ShopDifferences.All
            .SelectMany(difference => difference.Requests.Select(pattern => (Difference: difference, Pattern: pattern)))
            .ToList();
        var stale = explanations.ToHashSet();
        var unexplained = new List<string>();
        foreach (var (request, ours, theirs) in await AnswersAsync())
        {
            // Where the status differs, nothing else can be expected to be equal.
            var isSameStatus = ours.Parts["status"][..3] == theirs.Parts["status"][..3];
            foreach (var part in isSameStatus ? ours.Parts.Keys.Union(theirs.Parts.Keys) : ["status"])
            {
                var (tinyHost, kestrel) = (ours.Parts.GetValueOrDefault(part, "absent"), theirs.Parts.GetValueOrDefault(part, "absent"));
                var fitting = explanations.Where(e => e.Difference.Explains(e.Pattern, request.Name, part, tinyHost, kestrel)).ToList();
                stale.ExceptWith(fitting);
                if (tinyHost != kestrel && fitting.Count == 0)
                {
                    unexplained.Add($"{request.Name} | {part} | {tinyHost} | {kestrel}");
                }
            }
        }

        Assert.True(unexplained.Count == 0, $"Not explained ({unexplained.Count}):\n{string.Join('\n', unexplained)}");
        Assert.True(
            stale.Count == 0,
            $"No longer true:\n{string.Join('\n', stale.Select(e => $"{e.Pattern} | {e.Difference.Row}"))}");
    }

    [Fact]
    public void The_page_for_those_who_come_from_Kestrel_lists_the_differences()
    {
        var page = File.ReadAllText(Repository.File("docs/from-kestrel.md"));
        var table = page[page.IndexOf("## Differences in the answers", StringComparison.Ordinal)..].Split('\n')
            .Where(line => line.StartsWith('|'))
            .Skip(2);
        Assert.Equal(ShopDifferences.All.Select(difference => difference.Row), table);
    }

    [Fact]
    public void Requests_have_names_of_their_own_and_are_more_than_sixty()
    {
        Assert.Equal(ShopRequests.All.Length, ShopRequests.All.Select(request => request.Name).Distinct().Count());
        Assert.True(ShopRequests.All.Length > 60);
    }

    private static async Task<List<(ShopRequest Request, ShopAnswer Ours, ShopAnswer Theirs)>> AnswersAsync()
    {
        using var ourFolders = new ShopFolders();
        using var theirFolders = new ShopFolders();
        await using var kestrel = await KestrelShop.StartAsync(theirFolders.Settings(ShopRequests.Origin));
        await using var daemon = await Daemon.StartAsync(Daemon.Shop, ourFolders.Settings(ShopRequests.Origin));
        var answers = new List<(ShopRequest, ShopAnswer, ShopAnswer)>();
        var (ourValues, theirValues) = (new Dictionary<string, string>(), new Dictionary<string, string>());
        foreach (var request in ShopRequests.All)
        {
            var ours = await AnswerAsync(daemon.AppPort, request, ourValues);
            answers.Add((request, ours, await AnswerAsync(kestrel.Port, request, theirValues)));
        }

        // Once more, without asking for the end of the connection: it must stay or end alike.
        foreach (var (request, ours, theirs) in answers.Where(answer => answer.Item1.Persists))
        {
            ours.Add("connection", await ConnectionAfterAsync(daemon.AppPort, request, ourValues));
            theirs.Add("connection", await ConnectionAfterAsync(kestrel.Port, request, theirValues));
        }

        return answers;
    }

    private static async Task<ShopAnswer> AnswerAsync(int port, ShopRequest request, Dictionary<string, string> values)
    {
        var answer = await ShopAnswer.ReadAsync(port, Fill(request.Text, values), request.Events);
        foreach (var (name, value) in answer.Fields)
        {
            if (value.Length > 0)
            {
                values[name] = value;
            }
        }

        return answer;
    }

    private static async Task<string> ConnectionAfterAsync(int port, ShopRequest request, Dictionary<string, string> values)
    {
        var text = await ShopAnswer.ReadTextAsync(port, Fill(request.TextThatPersists, values) + ShopRequests.Last, events: null);
        return text.EndsWith(ShopRequests.LastContent, StringComparison.Ordinal) ? "kept" : "closed";
    }

    private static string Fill(string text, Dictionary<string, string> values) =>
        Placeholder().Replace(text, match => values[match.Groups[1].Value]);

    [GeneratedRegex(@"\{([A-Za-z-]+)\}")]
    private static partial Regex Placeholder();
}
