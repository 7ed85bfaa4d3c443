// Owns: that the tables of docs/security.md are true to ServerLimits and RejectReason.
// Does not own: the rest of the page, or the README's table (TinyHost.EndToEnd).

using System.Globalization;
using System.Text.RegularExpressions;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Conformance;

public sealed partial class SecurityPageTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "security.md"));

    [Fact]
    public void Every_limit_stands_with_its_default()
    {
        var limits = new ServerLimits();
        var rows = LimitRow().Matches(s_page).Select(row => (row.Groups[1].Value, row.Groups[2].Value));
        Assert.Equal(typeof(ServerLimits).GetProperties().Select(limit => (limit.Name, Spell(limit.GetValue(limits)))).Order(), rows.Order());
    }

    [Fact]
    public void Every_reason_of_refusal_stands_with_its_status()
    {
        var rows = ReasonRow().Matches(s_page).Select(row => (row.Groups[1].Value, row.Groups[2].Value));
        var reasons = Enum.GetValues<RejectReason>().Where(reason => reason != RejectReason.None);
        Assert.Equal(reasons.Select(reason => (reason.Name(), reason.StatusCode().ToString(CultureInfo.InvariantCulture))), rows);
    }

    private static string Spell(object? value) => value switch
    {
        TimeSpan span => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds} s"),
        IFormattable number => number.ToString("N0", CultureInfo.InvariantCulture),
        _ => "none",
    };

    [GeneratedRegex(@"^\| `([A-Z][a-zA-Z]+)` \| ([^|]*[^| ]) \| [^|]*\| [^|]*\|$", RegexOptions.Multiline)]
    private static partial Regex LimitRow();

    [GeneratedRegex(@"^\| `([a-z_0-9]+)` \| ([0-9]{3}) \| RFC [0-9]{4} §[0-9.]+ \| [^|]+ \|$", RegexOptions.Multiline)]
    private static partial Regex ReasonRow();
}
