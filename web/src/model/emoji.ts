/** The emoji we offer, by name. Anything a person's keyboard has can be sent as well; these are found by a word. */
import { MOST, type Suggestion } from "./completion";
import { fold } from "./select";

export interface Emoji {
  emoji: string;
  /** What it is called, in words; the first of them is its short name after a colon. */
  name: string;
}

export const often: readonly string[] = ["👍", "❤️", "😂", "🎉", "👀", "✅"];

const SMILEYS =
  "😀 grinning smile,😃 smiley happy,😄 smile,😁 grin beaming,😆 laughing,😅 sweat smile relief,😂 joy tears laugh,🤣 rofl rolling laugh,🙂 slight smile,🙃 upside down,😉 wink,😊 blush,😇 innocent angel,🥰 smiling hearts love,😍 heart eyes,🤩 star struck,😘 kiss,😋 yum tasty,😛 tongue,😜 winking tongue,🤪 zany crazy,🤗 hug,🤭 hand over mouth,🤫 shush quiet,🤔 thinking,🤐 zipper mouth,🤨 raised eyebrow,😐 neutral,😑 expressionless,😶 no mouth,😏 smirk,😒 unamused,🙄 rolling eyes,😬 grimace,😌 relieved,😔 pensive sad,😪 sleepy,😴 sleeping,🤒 sick thermometer,🤕 hurt bandage,🤢 nauseated,🤧 sneeze,🥵 hot,🥶 cold,😵 dizzy,🤯 mind blown exploding,🤠 cowboy,🥳 party face,😎 cool sunglasses,🤓 nerd,🧐 monocle,😕 confused,😟 worried,🙁 frown,😮 open mouth wow,😲 astonished,😳 flushed,🥺 pleading,😨 fearful,😰 anxious,😢 cry,😭 sob crying,😱 scream,😖 confounded,😞 disappointed,😓 sweat,😩 weary,😫 tired,🥱 yawn,😤 triumph huff,😡 rage angry,😠 angry,🤬 swearing,💀 skull,🤡 clown,👻 ghost,🤖 robot,💩 poop,🙈 see no evil monkey";
const PEOPLE =
  "👍 thumbsup yes good like,👎 thumbsdown no bad,👌 ok hand,🤌 pinched,✌️ victory peace,🤞 fingers crossed luck,🤟 love you,🤘 rock,🤙 call me,👈 point left,👉 point right,👆 point up,👇 point down,☝️ index up,👋 wave hello bye,✋ raised hand stop,🖐️ hand,🖖 vulcan,👏 clap applause,🙌 raised hands hooray,👐 open hands,🤲 palms,🤝 handshake deal,🙏 pray thanks please,✍️ writing,💪 muscle strong,👀 eyes look,🧠 brain,🫡 salute,🤷 shrug,🤦 facepalm,🙋 raising hand,🙇 bow,💁 tipping hand,🏃 running,🚶 walking,🧘 meditation,👥 people,🫶 heart hands,❤️ heart love,🧡 orange heart,💛 yellow heart,💚 green heart,💙 blue heart,💜 purple heart,🖤 black heart,🤍 white heart,💔 broken heart,💯 hundred,💥 boom,💫 dizzy star,💦 splash,💨 dash,💤 zzz sleep,💬 speech,💭 thought";
const THINGS =
  "🎉 tada party celebrate,🎊 confetti,🎂 birthday cake,🎁 gift present,🎈 balloon,🏆 trophy win,🥇 gold medal,🎯 target dart,🔥 fire hot,⭐ star,🌟 glowing star,✨ sparkles,⚡ zap lightning,☀️ sun,🌤️ cloudy sun,🌧️ rain,❄️ snow,🌈 rainbow,🌍 earth world,🌱 seedling plant,🌻 sunflower,🌹 rose,🍀 clover luck,🐶 dog,🐱 cat,🦊 fox,🐻 bear,🐼 panda,🦁 lion,🐸 frog,🐵 monkey,🐔 chicken,🐧 penguin,🐢 turtle,🐛 bug,🦋 butterfly,🐝 bee,🦄 unicorn,🍎 apple,🍌 banana,🍕 pizza,🍔 burger,🍟 fries,🌮 taco,🍣 sushi,🍜 noodles,🍞 bread,🥗 salad,🍪 cookie,🍫 chocolate,🍰 cake,☕ coffee,🍵 tea,🍺 beer,🍻 cheers beers,🍷 wine,🥂 toast clinking,⚽ football soccer,🏀 basketball,🎾 tennis,🎮 game,🎵 music,🎸 guitar,🎬 movie,📷 camera,🚀 rocket launch ship it,✈️ airplane flight,🚗 car,🚲 bicycle,🚆 train,🏠 house home,🏢 office,🏖️ beach holiday,⏰ alarm clock,⌛ hourglass,📅 calendar date,📈 chart up,📉 chart down,📊 bar chart,📋 clipboard,📌 pin,📎 paperclip,📝 memo note,📁 folder,📦 package,📣 megaphone,🔔 bell,🔕 bell off,🔍 search,🔒 lock,🔑 key,🔧 wrench fix,🔨 hammer,⚙️ gear,💡 idea bulb,💰 money,💻 laptop computer,📱 phone,☎️ telephone,📧 email,🗑️ trash bin,🚧 construction,🚨 siren alert,🧪 test tube,🩹 bandage fix";
const SIGNS =
  "✅ check done yes,☑️ ballot check,✔️ tick,❌ cross no,❎ cross button,➕ plus add,➖ minus,❓ question,❗ exclamation,‼️ double exclamation,⚠️ warning,⛔ no entry,🚫 forbidden,🛑 stop,♻️ recycle,🔁 repeat,🔄 refresh,⬆️ up arrow,⬇️ down arrow,➡️ right arrow,⬅️ left arrow,🔴 red circle,🟠 orange circle,🟡 yellow circle,🟢 green circle,🔵 blue circle,⚪ white circle,⚫ black circle,🆗 ok,🆕 new,🔝 top,🏁 finish flag,🚩 red flag,🏳️ white flag";

export const emoji: readonly Emoji[] = [SMILEYS, PEOPLE, THINGS, SIGNS].flatMap((group) =>
  group.split(",").map((entry) => {
    const at = entry.indexOf(" ");
    return { emoji: entry.slice(0, at), name: entry.slice(at + 1) };
  }),
);

/** Those with a word that begins so; the beginning of a whole name first. */
export function emojiNamed(query: string): Emoji[] {
  const wanted = fold(query).replace(/[_-]/g, " ").trim();
  if (!wanted) return [...emoji];
  const first = emoji.filter(({ name }) => name.startsWith(wanted));
  const rest = emoji.filter(({ name }) => !name.startsWith(wanted) && ` ${name}`.includes(` ${wanted}`));
  return [...first, ...rest];
}

/** Its short name, as one types it after a colon. */
export function shortName({ name }: Emoji): string {
  return name.split(" ")[0] ?? name;
}

export function emojiSuggested(query: string): Suggestion[] {
  return emojiNamed(query)
    .slice(0, MOST)
    .map((found) => ({
      key: found.emoji,
      label: found.emoji,
      detail: `:${shortName(found)}`,
      insert: `${found.emoji} `,
      kind: "emoji",
    }));
}
