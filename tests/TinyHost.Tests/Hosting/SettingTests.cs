// Owns: the valid forms of setting values, and the error messages about invalid ones.

using Microsoft.Extensions.Configuration;

namespace TinyHost.Tests;

public sealed class SettingTests
{
    private static Setting Read(params (string Key, string? Value)[] settings) => new(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>("A" + setting.Key, setting.Value)))
        .Build().GetSection("A"));

    private static void AssertRejected(Action<Setting> read, params (string Key, string? Value)[] settings)
    {
        var message = Assert.Throws<ServerStartException>(() => read(Read(settings))).Message;
        Assert.StartsWith("Cannot start: A", message, StringComparison.Ordinal);
        Assert.Contains("; it must be ", message, StringComparison.Ordinal);
        Assert.EndsWith(".", message, StringComparison.Ordinal);
        Assert.DoesNotContain(message, char.IsControl);
    }

    public static TheoryData<string, double> Times => new()
    {
        { "1", 1 },
        { "1 ", 1 },
        { " 1", 1 },
        { "\t1\r\n", 1 },
        { "0.5", 0.5 },
        { "0.5 ", 0.5 },
        { "030", 30 },
        { "2147483", 2_147_483 },
        { "00:00:01", 1 },
        { " 00:00:30 ", 30 },
        { "23:59:59", 86_399 },
        { "86400", 86_400 },
    };

    [Theory]
    [InlineData("", null, false, true)]
    [InlineData("", " ", false, true)]
    [InlineData("", "1", true, false)]
    [InlineData(":Name", "1", false, false)]
    public void Spaces_are_no_value_and_a_section_is_not_empty(string key, string? value, bool hasValue, bool isEmpty)
    {
        var setting = Read((key, value));
        Assert.Equal((hasValue, isEmpty), (setting.HasValue, setting.IsEmpty));
    }

    [Fact]
    public void A_text_that_a_check_refuses_is_refused_with_the_valid_form()
    {
        Assert.Equal("/a", Read(("", " /a ")).Text("a path", static text => PathRouting.ThrowIfUnreachable(text)));
        var exception = Assert.Throws<ServerStartException>(
            () => Read(("", "/a/../b")).Text("a path", static text => PathRouting.ThrowIfUnreachable(text)));
        Assert.Equal("Cannot start: A is '/a/../b'; it must be a path.", exception.Message);
        AssertRejected(setting => setting.Text("a path", static _ => { }), (":Name", "/a"));
    }

    [Fact]
    public void An_array_has_no_settings_with_names()
    {
        var message = Assert.Throws<ServerStartException>(() => Read((":0", "1"), (":Name", "2")).Items(';')).Message;
        Assert.Equal("Cannot start: A has a setting with a name, A:Name; it must be an array (A:0 …) or one text divided by ';'.", message);
        Assert.Equal(["1", "2"], Read((":0", "1"), (":7", "2")).Items(';').Select(item => item.Text("a text")));
        Assert.Equal(["1", "2"], Read(("", "1;2"), (":Name", "3")).Items(';').Select(item => item.Text("a text")));
    }

    [Theory]
    [MemberData(nameof(Times))]
    public void A_time_is_a_number_of_seconds_or_hh_mm_ss(string value, double seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), Read(("", value)).Time());
        Assert.Equal(TimeSpan.FromSeconds(seconds), Read(("", value)).Time(orZero: true));
    }

    [Theory]
    [InlineData("24:00:00")]
    [InlineData("1.00:00:00")]
    [InlineData("1.02:03:04")]
    [InlineData("1:00:00")]
    [InlineData("00:30")]
    [InlineData("00:60:00")]
    [InlineData("00:00:60")]
    [InlineData("00:00:01.5")]
    [InlineData("00:00:00:01")]
    [InlineData("-1")]
    [InlineData("-00:00:01")]
    [InlineData("+1")]
    [InlineData("1 2")]
    [InlineData("0 0:00:01")]
    [InlineData("1,5")]
    [InlineData("1,000")]
    [InlineData("1e3")]
    [InlineData("0x10")]
    [InlineData("1s")]
    [InlineData("30 s")]
    [InlineData("1m")]
    [InlineData("PT1S")]
    [InlineData("1.5.5")]
    [InlineData(".")]
    [InlineData("\u0661")]
    [InlineData("2147484")]
    [InlineData("99999999999999999999")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("∞")]
    [InlineData("soon")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("1\n2")]
    public void An_invalid_time_is_rejected(string value)
    {
        AssertRejected(setting => setting.Time(), ("", value));
        AssertRejected(setting => setting.Time(orZero: true), ("", value));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0.0")]
    [InlineData("00:00:00")]
    [InlineData("0.00000001")]
    public void Zero_is_a_valid_time_only_where_it_is_allowed(string value)
    {
        Assert.Equal(TimeSpan.Zero, Read(("", value)).Time(orZero: true));
        AssertRejected(setting => setting.Time(), ("", value));
    }

    [Fact]
    public void The_error_for_an_invalid_time_has_the_key_the_value_and_the_valid_forms() => Assert.Equal(
        "Cannot start: A is '24:00:00'; it must be a time in seconds, such as 2.5, " +
        "or as hh:mm:ss up to 23:59:59, above 0 to 2147483 seconds.",
        Assert.Throws<ServerStartException>(() => Read(("", "24:00:00")).Time()).Message);

    [Theory]
    [InlineData("7", 7)]
    [InlineData(" 7 ", 7)]
    [InlineData("0007", 7)]
    [InlineData("2147483647", int.MaxValue)]
    public void A_number_consists_of_digits(string value, long number) => Assert.Equal(number, Read(("", value)).Number());

    [Theory]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.0")]
    [InlineData("1,000")]
    [InlineData("1 000")]
    [InlineData("1e3")]
    [InlineData("0x10")]
    [InlineData("2147483648")]
    [InlineData("99999999999999999999")]
    [InlineData("NaN")]
    [InlineData("many")]
    [InlineData("")]
    [InlineData(" ")]
    public void An_invalid_number_is_rejected(string value) => AssertRejected(setting => setting.Number(), ("", value));

    [Fact]
    public void The_error_for_a_number_out_of_range_has_the_range()
    {
        Assert.Equal(
            "Cannot start: A is '63'; it must be a whole number from 64 to 2147483647.",
            Assert.Throws<ServerStartException>(() => Read(("", "63")).Number(64)).Message);
        Assert.Equal(
            "Cannot start: A is '0'; it must be a port number from 1 to 65535.",
            Assert.Throws<ServerStartException>(() => Read(("", "0")).Number(1, 65_535, "a port number")).Message);
        Assert.Equal(
            "Cannot start: A is '2147483648'; it must be a whole number from 0 to 2147483647.",
            Assert.Throws<ServerStartException>(() => Read(("", "2147483648")).Number()).Message);
        Assert.Equal(long.MaxValue, Read(("", "9223372036854775807")).LongNumber());
        AssertRejected(setting => setting.LongNumber(), ("", "9223372036854775808"));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData(" True\t", true)]
    [InlineData("FALSE ", false)]
    public void A_flag_is_true_or_false(string value, bool flag) => Assert.Equal(flag, Read(("", value)).Flag());

    [Theory]
    [InlineData("1")]
    [InlineData("yes")]
    [InlineData("on")]
    [InlineData("true false")]
    [InlineData("")]
    [InlineData("  ")]
    public void An_invalid_flag_is_rejected(string value) => AssertRejected(setting => setting.Flag(), ("", value));

    [Theory]
    [InlineData("1.1 ", 1.1)]
    [InlineData("1e-3", 0.001)]
    [InlineData("-2", -2)]
    public void A_real_number_may_have_a_sign_and_an_exponent(string value, double number) =>
        Assert.Equal(number, Read(("", value)).Real("a number"));

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e999")]
    [InlineData("1,1")]
    [InlineData("")]
    [InlineData("9")]
    public void An_invalid_real_number_is_rejected(string value) =>
        AssertRejected(setting => setting.Real("a number below 9", number => number < 9), ("", value));

    [Fact]
    public void Settings_below_a_value_or_instead_of_it_are_rejected()
    {
        Action<Setting>[] reads =
        [
            setting => setting.Time(), setting => setting.Number(), setting => setting.LongNumber(), setting => setting.Flag(),
            setting => setting.Real("a number"), setting => setting.Text("a text"),
        ];
        foreach (var read in reads)
        {
            AssertRejected(read, (":0", "1"));
            AssertRejected(read, (":Value", "true"));
            AssertRejected(read, ("", "1"), (":0", "1"));
        }
    }

    [Fact]
    public void Items_come_from_an_array_or_from_a_text_that_overrides_it()
    {
        static string Joined(Setting setting) => string.Join('|', setting.Items(';').Select(item => item.Text("an item")));
        Assert.Equal("a|b", Joined(Read((":0", " a "), (":1", "b"))));
        Assert.Equal("a|b|", Joined(Read(("", " a; b;"))));
        Assert.Equal("c", Joined(Read(("", "c"), (":0", "a"), (":1", "b"))));
        Assert.Equal("", Joined(Read(("", " "))));
        AssertRejected(setting => Joined(setting), (":0:Url", "a"));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("true")]
    [InlineData("{}")]
    public void A_value_instead_of_a_section_is_rejected(string value)
    {
        AssertRejected(setting => setting.Read(0, Readers("B")), ("", value));
        AssertRejected(setting => setting.Read(0, Readers("B")), ("", value), (":B", "1"));
        AssertRejected(setting => setting.ReadEach("B", _ => { }), ("", value));
    }

    [Fact]
    public void A_section_may_be_empty()
    {
        var read = 0;
        Read(("", "")).Read(0, new Dictionary<string, Action<Setting, int>> { ["B"] = (_, _) => read++ });
        Read(("", null)).Read(0, new Dictionary<string, Action<Setting, int>> { ["B"] = (_, _) => read++ });
        Read().ReadEach("B", _ => read++);
        Assert.Equal(0, read);
    }

    [Fact]
    public void The_error_for_an_unknown_setting_lists_the_known_settings() => Assert.Equal(
        "Cannot start: unknown setting A:D. Known settings: B, C.",
        Assert.Throws<ServerStartException>(() => Read((":b", "1"), (":D", "1")).Read(0, Readers("C", "B"))).Message);

    [Fact]
    public void The_value_of_a_section_is_read_where_it_may_have_one()
    {
        var seen = new List<string>();
        var readers = new Dictionary<string, Action<Setting, List<string>>>
        {
            ["B"] = (setting, list) => list.Add($"{setting.Path} {setting.Number()}"),
        };
        Read(("", "1"), (":B", "2")).Read(seen, readers, valueName: "B");
        Assert.Equal(["A 1", "A:B 2"], seen);
    }

    [Fact]
    public void Empty_settings_can_be_skipped_but_must_be_known()
    {
        var seen = new List<string>();
        var readers = new Dictionary<string, Action<Setting, List<string>>>
        {
            ["B"] = (setting, list) => list.Add(setting.Name),
            ["C"] = (_, _) => { },
        };
        Read((":B", " ")).Read(seen, readers, skipEmpty: true);
        Assert.Empty(seen);
        Read((":B", " ")).Read(seen, readers);
        Assert.Equal(["B"], seen);
        Assert.Throws<ServerStartException>(() => Read((":D", "")).Read(seen, readers, skipEmpty: true));
    }

    [Fact]
    public void A_long_value_is_truncated_in_the_error()
    {
        var message = Assert.Throws<ServerStartException>(() => Read(("", new string('x', 5_000))).Number()).Message;
        Assert.InRange(message.Length, 100, 200);
    }

    private static Dictionary<string, Action<Setting, int>> Readers(params string[] names) =>
        names.ToDictionary(name => name, _ => (Action<Setting, int>)((_, _) => { }), StringComparer.OrdinalIgnoreCase);
}
