// Owns: that the tables of docs/security.md agree with ServerLimits and RejectReason.

using System.Globalization;
using System.Text.RegularExpressions;
using TinyHost.Tests.Support;

namespace TinyHost.Tests.Conformance;

public sealed partial class SecurityPageTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "security.md"));

    [Fact]
    public void Every_limit_is_listed_with_its_default()
    {
        var limits = new ServerLimits();
        var rows = LimitRow().Matches(s_page).Select(row => (row.Groups[1].Value, row.Groups[2].Value));
        var defaults = typeof(ServerLimits).GetProperties().Select(limit => (limit.Name, Format(limit.GetValue(limits))));
        Assert.Equal(defaults.Order(), rows.Order());
    }

    [Fact]
    public void Every_reject_reason_is_listed_with_its_status()
    {
        var rows = ReasonRow().Matches(s_page).Select(row => (row.Groups[1].Value, row.Groups[2].Value));
        var reasons = Enum.GetValues<RejectReason>().Where(reason => reason != RejectReason.None);
        Assert.Equal(reasons.Select(reason => (reason.Name(), reason.StatusCode().ToString(CultureInfo.InvariantCulture))), rows);
    }

    private static string Format(object? value) => value switch
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
