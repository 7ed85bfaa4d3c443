// Owns: tests of the settings: the schema that editors use and the docs against what the program reads.

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Json.Schema;
using TinyHost.JsonRpc.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.JsonRpc.Tests;

public sealed class RpcSettingsTests
{
    private static readonly string s_text =
        File.ReadAllText(Path.Combine(Repository.Root, "src", "TinyHost", "ConfigurationSchema.json"));

    private static readonly JsonSchema s_schema = JsonSchema.FromText(s_text);

    [Theory]
    [InlineData("JsonRpc:", "jsonRpc", typeof(JsonRpcOptions))]
    [InlineData("JsonRpc:Methods:add:", "jsonRpcMethod", typeof(JsonRpcMethodLimits))]
    [InlineData("JsonRpc:WebSockets:", "jsonRpcWebSockets", typeof(JsonRpcWebSocketOptions))]
    public void Schema_and_program_know_the_same_settings_and_defaults(string section, string definition, Type options)
    {
        var refusal = Refusal(section + "Unknown", "1");
        var known = refusal!.TrimEnd('.').Split("Known settings: ")[1].Split(", ");
        using var schema = JsonDocument.Parse(s_text);
        var properties = schema.RootElement.GetProperty("definitions").GetProperty(definition).GetProperty("properties");
        Assert.Equal(known, properties.EnumerateObject().Select(setting => setting.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            options.GetProperties().Where(property => property.PropertyType != typeof(Func<JsonRpcCall, string, ValueTask<bool>>))
                .Select(property => property.Name).Order(StringComparer.Ordinal),
            known);
        var defaults = Activator.CreateInstance(options);
        foreach (var setting in properties.EnumerateObject())
        {
            Assert.Equal(
                (setting.Name, Written(options.GetProperty(setting.Name)!.GetValue(defaults))),
                (setting.Name, setting.Value.TryGetProperty("default", out var value) ? value.GetRawText() : null));
        }
    }

    [Theory]
    [InlineData("NoContentStatus")]
    [InlineData("MaxMessageSize")]
    [InlineData("MaxBatchSize")]
    [InlineData("BatchConcurrency")]
    [InlineData("MaxReplySize")]
    [InlineData("CallTimeout")]
    [InlineData("Discover")]
    [InlineData("TryItPage")]
    [InlineData("Methods:add:MaxConcurrent")]
    [InlineData("Methods:add:MaxQueued")]
    [InlineData("WebSockets:Enabled")]
    [InlineData("WebSockets:MaxConnections")]
    [InlineData("WebSockets:MaxConcurrent")]
    [InlineData("WebSockets:MaxQueuedSize")]
    [InlineData("WebSockets:SendTimeout")]
    [InlineData("WebSockets:IdleTimeout")]
    [InlineData("WebSockets:KeepAliveInterval")]
    public void Schema_and_program_accept_the_same_values(string name)
    {
        string[] values =
            ["", "-1", "0", "1", "2.5", "202", "204", "5000", "2147483647", "00:00:30", "30s", "true", "FALSE", "yes", "text", " 5 "];
        Assert.All(values, value =>
        {
            // Numbers as numbers: a schema cannot compare those in texts.
            var json = double.TryParse(value, CultureInfo.InvariantCulture, out _) ? value : JsonSerializer.Serialize(value);
            Assert.Equal((value, Refusal("JsonRpc:" + name, value) is null), (value, Accepts("JsonRpc:" + name, json)));
        });
    }

    [Fact]
    public void Lists_are_arrays_or_texts()
    {
        Assert.True(Accepts("JsonRpc:Users:ann", """["add"]"""));
        Assert.True(Accepts("JsonRpc:Users:*", "\"add; echo\""));
        Assert.True(Accepts("JsonRpc:AllowedHosts", """["a"]"""));
        Assert.True(Accepts("JsonRpc:WebSockets:AllowedOrigins", "\"http://a; http://b\""));
        Assert.Null(Refusal("JsonRpc:WebSockets:AllowedOrigins", "http://a; http://b"));
        Assert.False(Accepts("JsonRpc:WebSockets:AllowedOrigins", """{"a":1}"""));
        Assert.False(Accepts("JsonRpc:Users", "\"add\""));
        Assert.False(Accepts("JsonRpc:AllowedHosts", """{"a":1}"""));
        Assert.Contains("JsonRpc:Users is 'add'", Refusal("JsonRpc:Users", "add"), StringComparison.Ordinal);
        Assert.Contains("it must be an array", Refusal("JsonRpc:AllowedHosts:a", "1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jsonRpc", "")]
    [InlineData("jsonRpcWebSockets", "WebSockets:")]
    public void The_docs_list_each_setting_with_its_default(string definition, string section)
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "json-rpc.md"));
        using var schema = JsonDocument.Parse(s_text);
        var settings = schema.RootElement.GetProperty("definitions").GetProperty(definition).GetProperty("properties");
        foreach (var setting in settings.EnumerateObject().Where(setting => setting.Name != "WebSockets"))
        {
            var row = Regex.Match(page, $@"^\| `JsonRpc:{section}{setting.Name}[:`].*\|([^|]*)\|$", RegexOptions.Multiline);
            Assert.True(row.Success, setting.Name);
            var written = setting.Value.TryGetProperty("default", out var value) ? value.GetRawText() : "";
            Assert.Equal((setting.Name, written), (setting.Name, row.Groups[1].Value.Trim().Replace(",", "", StringComparison.Ordinal)));
        }
    }

    private static string? Refusal(string key, string value)
    {
        try
        {
            using var server = new RpcServer(settings: (key, value));
            return null;
        }
        catch (ServerStartException refusal)
        {
            return refusal.Message;
        }
    }

    private static bool Accepts(string key, string value)
    {
        using var settings = JsonDocument.Parse(key.Split(':').Reverse().Aggregate(value, (inner, name) => $"{{\"{name}\":{inner}}}"));
        return s_schema.Evaluate(settings.RootElement).IsValid;
    }

    // As in the schema; null for what is empty.
    private static string? Written(object? value) => value switch
    {
        bool flag => flag ? "true" : "false",
        TimeSpan time => time.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => null,
    };
}
