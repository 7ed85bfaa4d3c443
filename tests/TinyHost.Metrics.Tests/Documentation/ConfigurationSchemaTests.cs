using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.RegularExpressions;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Documentation;

/// <summary>Compares the schema that editors use with what the program reads.</summary>
public sealed partial class ConfigurationSchemaTests
{
    // As JSON. Texts with numbers are within the bounds of every number, since a schema cannot compare those.
    private static readonly string[] s_values =
    [
        "null", "\"\"", "\" \"", "true", "false", "\"true\"", "\"FALSE\"", "\"yes\"", "0", "-1", "1", "15", "16", "63", "64", "1023",
        "1024", "1.5", "0.5", "65535", "65536", "2147483", "2147484", "2147483647", "2147483648",
        "9223372036854775808", "\"5000\"", "\" 5000 \"",
        "\"-5000\"", "\"5,000\"", "\"30s\"", "\"00:00:30\"", "\"0:30\"", "\"23:59:59\"", "\"24:00:00\"", "\"text\"", "[1]", "{\"a\": 1}",
    ];

    [Theory]
    [InlineData("TinyHost", "")]
    [InlineData("TinyHost:admin", "tinyHostNamedServer")]
    [InlineData("TinyHost:Console", "tinyHostConsole")]
    [InlineData("TinyHost:Handover", "tinyHostHandover")]
    [InlineData("TinyHost:Prefixes:0", "tinyHostPrefixSettings")]
    [InlineData("TinyHost:Prefixes:public:Certificates:0", "tinyHostCertificate")]
    [InlineData("TinyHost:Limits", "tinyHostLimits")]
    [InlineData("TinyHost:Health", "tinyHostHealth")]
    [InlineData("TinyHost:Metrics", "tinyHostMetrics")]
    [InlineData("TinyHost:Metrics:NativeHistograms:a", "tinyHostNativeHistogram")]
    public async Task Schema_and_program_know_the_same_settings(string section, string definition)
    {
        // The section of the server without a name also holds those of the others, and those of the host.
        string[] others = section == "TinyHost:admin" ? ["Console", "Handover", "Workers"] : ["admin"];
        var known = (await KnownSettingsAsync(section)).Except(others);

        Assert.Equal(known, SettingsSchema.SettingsOf(definition).Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Schema_and_program_know_the_same_settings_for_protection()
    {
        var protection = SettingsSchema.SettingsOf("tinyHostMetrics")["Protect"].GetProperty("properties").EnumerateObject();

        Assert.Equal(
            await KnownSettingsAsync("TinyHost:Metrics:Protect"), protection.Select(setting => setting.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Defaults_are_those_of_the_options()
    {
        AssertDefaults(SettingsSchema.SettingsOf(""), new ServerOptions());
        AssertDefaults(SettingsSchema.SettingsOf("tinyHostLimits"), new ServerLimits());
        AssertDefaults(SettingsSchema.SettingsOf("tinyHostHealth"), new HealthOptions());
        AssertDefaults(SettingsSchema.SettingsOf("tinyHostMetrics"), new MetricsOptions());
        AssertDefaults(SettingsSchema.SettingsOf("tinyHostNativeHistogram"), new NativeHistogramOptions());
        AssertDefaults(SettingsSchema.SettingsOf("tinyHostHandover"), DefaultHandover());
    }

    [Fact]
    public void Defaults_of_prefixes_are_those_of_the_options()
    {
        var tls = new TlsOptions();
        var settings = SettingsSchema.SettingsOf("tinyHostPrefixSettings");

        AssertDefaults(settings, new PrefixOptions(), ["MinTlsVersion", "MaxTlsVersion", "ClientCertificates"]);
        AssertDefaults(settings, tls, ["MinTlsVersion", "MaxTlsVersion"]);
        Assert.Equal(tls.MinVersion, Enum.Parse<SslProtocols>("Tls" + Default(settings["MinTlsVersion"])!.Replace(".", "")));
        Assert.Equal(tls.MaxVersion, Enum.Parse<SslProtocols>("Tls" + Default(settings["MaxTlsVersion"])!.Replace(".", "")));
    }

    [Fact]
    public void Defaults_of_protection_are_those_of_the_options()
    {
        var protection = SettingsSchema.SettingsOf("tinyHostMetrics")["Protect"].GetProperty("properties").EnumerateObject()
            // It depends on the machine.
            .Where(setting => setting.Name != nameof(AuthenticationOptions.MaxHashing));

        AssertDefaults(protection.ToDictionary(setting => setting.Name, setting => setting.Value), new AuthenticationOptions());
    }

    [Theory]
    [InlineData("TinyHost", "")]
    [InlineData("TinyHost:Limits", "tinyHostLimits")]
    [InlineData("TinyHost:Health", "tinyHostHealth")]
    [InlineData("TinyHost:Metrics", "tinyHostMetrics")]
    [InlineData("TinyHost:Metrics:NativeHistograms:a", "tinyHostNativeHistogram")]
    public async Task Numbers_times_and_flags_are_accepted_by_both_or_neither(string section, string definition)
    {
        var settings = SettingsSchema.SettingsOf(definition).Keys.Where(name =>
            new[] { "5000", "true" }.Any(value => SettingsSchema.Accepts(Settings($"{section}:{name}", $"\"{value}\""))));
        List<string> differences = [];
        foreach (var name in settings.Except(["Prefix", "Meters", "Buckets", "WebConfigFile"]))
        {
            foreach (var value in s_values)
            {
                var text = Settings($"{section}:{name}", value);
                var refusal = await SettingsSchema.RefusalAsync(text);
                if (SettingsSchema.Accepts(text) != refusal is null)
                {
                    differences.Add($"{section}:{name} = {value}: {refusal ?? "the schema alone refuses it."}");
                }
            }
        }

        Assert.Empty(differences);
    }

    [Theory]
    [InlineData("""{ "Prefixes": [ "http://+:8080/", { "Url": "metrics=http://127.0.0.1:0/" } ] }""")]
    [InlineData("""{ "Prefixes": "http://+:8080/; metrics=http://127.0.0.1:9100/" }""")]
    [InlineData("""{ "Prefixes": { "local": { "Url": "http://unix:/run/app.sock", "Mode": "0660", "Group": "www-data" } } }""")]
    [InlineData("""{ "Prefixes": { "a": { "Url": "http://+:1/", "ProxyProtocol": [ "10.0.0.0/8" ] } } }""")]
    [InlineData("""{ "Prefixes": { "a": { "Url": "https://+:1/", "Certificate": "a.pem", "MinTlsVersion": "1.3" } } }""")]
    [InlineData("""{ "Prefixes": [ { "Url": "https://+:1/", "Certificates": { "b": "b.pem", "c": { "Key": "c.key" } } } ] }""")]
    [InlineData("""{ "DrainDelay": "00:00:10", "Limits": { "MaxRequestBodySize": null, "IdleTimeout": 2.5 } }""")]
    [InlineData("""{ "Metrics": { "Labels": { "env": "prod" }, "Buckets": { "a": [ 0.1, 1 ], "b": "0.1, 1" } } }""")]
    [InlineData("""{ "Metrics": { "NativeHistograms": { "a": 1.1, "b": { "MaxBuckets": 20 } }, "Formats": [ "Text" ] } }""")]
    [InlineData("""{ "Metrics": { "Resource": { "service.name": "shop" }, "Meters": [ "Shop.*" ] } }""")]
    [InlineData("""{ "admin": { "Prefixes": [ "http://[::1]:8081/" ], "Limits": { "MaxConnections": 10 } } }""")]
    public async Task Schema_and_program_accept_settings(string section)
    {
        var settings = Settings("TinyHost", section);

        Assert.Null(await SettingsSchema.RefusalAsync(settings));
        Assert.True(SettingsSchema.Accepts(settings));
    }

    [Theory]
    [InlineData("""{ "DrainDelai": 5 }""")]
    [InlineData("""{ "DrainDelay": "5s" }""")]
    [InlineData("""{ "Limits": 5 }""")]
    [InlineData("""{ "Limits": { "MaxConnection": 5 } }""")]
    [InlineData("""{ "Limits": { "IdleTimeout": "130 s" } }""")]
    [InlineData("""{ "Limits": { "MaxRequestBodySize": "30MB" } }""")]
    [InlineData("""{ "Prefixes": { "public": { "Uri": "http://+:8080/" } } }""")]
    [InlineData("""{ "Prefixes": [ { "Url": "http://unix:/run/app.sock", "Mode": "rw-rw----" } ] }""")]
    [InlineData("""{ "Prefixes": [ { "Url": "https://+:8443/", "MinTlsVersion": "1.1" } ] }""")]
    [InlineData("""{ "Prefixes": [ { "Url": "https://+:8443/", "Certificates": [ { "File": "a.pem" } ] } ] }""")]
    [InlineData("""{ "Prefixes": [ { "Url": "https://+:8443/", "ClientCertificates": true } ] }""")]
    [InlineData("""{ "Metrics": 9100 }""")]
    [InlineData("""{ "Metrics": { "Port": "http" } }""")]
    [InlineData("""{ "Metrics": { "Formats": "Json" } }""")]
    [InlineData("""{ "Metrics": { "Labels": [ "env" ] } }""")]
    [InlineData("""{ "Metrics": { "Protect": { "User": "users.txt" } } }""")]
    [InlineData("""{ "Health": { "ReadinessPath": "ready" } }""")]
    [InlineData("""{ "Handover": "handover" }""")]
    [InlineData("""{ "Handover": { "Timeout": "1m" } }""")]
    [InlineData("""{ "admin": { "Limit": { "MaxConnections": 5 } } }""")]
    [InlineData("""{ "admin": { "Handover": "/run/app/handover" } }""")]
    [InlineData("""{ "admin": { "Workers": 2 } }""")]
    [InlineData("""{ "admin": { "Console": false } }""")]
    [InlineData("""{ "Console": "maybe" }""")]
    [InlineData("""{ "Console": { "Watched": true } }""")]
    public async Task Schema_and_program_refuse_mistakes(string section)
    {
        var settings = Settings("TinyHost", section);

        Assert.StartsWith("Cannot start: ", await SettingsSchema.RefusalAsync(settings), StringComparison.Ordinal);
        Assert.False(SettingsSchema.Accepts(settings));
    }

    [Theory]
    [InlineData("8080")]
    [InlineData("[ 8080 ]")]
    [InlineData("\"localhost:8080\"")]
    [InlineData("[ \"ftp://localhost:8080/\" ]")]
    [InlineData("{ \"public\": \"8080\" }")]
    [InlineData("{ \"public\": { \"Url\": \"+:8080\" } }")]
    public void Schema_refuses_prefixes_without_a_scheme_that_is_served(string prefixes) =>
        Assert.False(SettingsSchema.Accepts(Settings("TinyHost:Prefixes", prefixes)));

    [Fact]
    public void The_examples_name_the_schema_and_fit_it()
    {
        var examples = Directory.GetDirectories(Path.Combine(Repository.Root, "examples"))
            .Select(folder => Path.Combine(folder, "appsettings.json"))
            .Where(File.Exists)
            .ToList();

        Assert.NotEmpty(examples);
        foreach (var example in examples)
        {
            var text = File.ReadAllText(example);
            var named = SchemaName().Match(text).Groups[1].Value;
            Assert.Equal(SettingsSchema.Path, Path.GetFullPath(named, Path.GetDirectoryName(example)!));
            Assert.True(SettingsSchema.Accepts(text), example);
        }
    }

    [Fact]
    public void The_settings_in_the_docs_fit_the_schema()
    {
        string[] pages = [Path.Combine(Repository.Root, "README.md"), .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md")];
        var blocks = pages.SelectMany(page => JsonBlock().Matches(File.ReadAllText(page)).Select(match => match.Groups[1].Value))
            .Where(block => block.StartsWith('{') && block.Contains("\"TinyHost\"", StringComparison.Ordinal))
            .ToList();

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.True(SettingsSchema.Accepts(block), block));
    }

    private static async Task<IEnumerable<string>> KnownSettingsAsync(string section)
    {
        var refusal = await SettingsSchema.RefusalAsync(Settings($"{section}:Unknown", "\"1\""));
        Assert.StartsWith($"Cannot start: unknown setting {section}:Unknown. Known settings: ", refusal, StringComparison.Ordinal);
        return refusal!.TrimEnd('.').Split("Known settings: ")[1].Split(", ");
    }

    // As the content of an appsettings.json.
    private static string Settings(string key, string value) =>
        key.Split(':').Reverse().Aggregate(value, (inner, name) => $"{{ \"{name}\": {inner} }}");

    private static void AssertDefaults(Dictionary<string, JsonElement> settings, object options, params string[] others)
    {
        const BindingFlags Properties = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        Assert.NotEmpty(settings);
        foreach (var (name, setting) in settings)
        {
            if (!others.Contains(name))
            {
                Assert.Equal((name, Written(options.GetType().GetProperty(name, Properties)?.GetValue(options))), (name, Default(setting)));
            }
        }
    }

    // A value as it would be written in a configuration; null for none.
    private static string? Written(object? value) => value switch
    {
        null or "" => null,
        bool flag => flag ? "true" : "false",
        string text => text,
        TimeSpan time => time.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable<string> list when list.Any() => JsonSerializer.Serialize(list),
        IEnumerable list when !list.GetEnumerator().MoveNext() => null,
        Delegate or ServerLimits or HealthOptions or TlsOptions => null,
        _ => value.ToString(),
    };

    private static string? Default(JsonElement setting) =>
        !setting.TryGetProperty("default", out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : value.GetRawText();

    private static object DefaultHandover() =>
        typeof(ServerOptions).Assembly.GetType("TinyHost.HandoverSettings")!
            .GetMethod("Read", BindingFlags.Static | BindingFlags.NonPublic)!
            .Invoke(null, [null])!;

    [GeneratedRegex("""
        "\$schema": "([^"]+)"
        """)]
    private static partial Regex SchemaName();

    [GeneratedRegex("^```json\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex JsonBlock();
}
