"""Characters that are written in several ways in names of people, places and organisations (異体字).

A table of our own, because none at hand is about names: Unihan's variants and ja-itaiji also join different names (崎 and 埼, 藤 and 籐),
and OpenCC's Japanese table does not have 髙 and 﨑. Sources: 常用漢字表 (いわゆる康熙字典体, as in OpenCC's JPVariants), 人名用漢字表, the
forms in registers of residents that lists of cities contain, and the radicals that PDFs contain instead of characters (⻲, ⻑), as in
Unicode's EquivalentUnifiedIdeograph. Compatibility characters (都, 神) are left to NFKC.
"""

_GROUPS = """
万萬 与與 両兩 乗乘 乱亂 亀龜⻲ 予豫 争爭 亘亙 亜亞 仏佛 仮假 会會 伝傳 体體躰 余餘 価價 倹儉 偽僞 児兒 党黨
内內 円圓 写寫 凉涼 凛凜 処處 刹剎 剣劍劒劔 剤劑 剰剩 励勵 労勞 効效 勅敕 勧勸 勲勳勛 区區 医醫 単單 即卽
却卻 厠廁 厳嚴 参參 双雙 収收 叙敘 台臺 号號 吉𠮷 呂吕 呉吳 哲喆 唇脣 喜㐂 営營 嘘噓 嘱囑 噛嚙 団團 囲圍
図圖 国國 圏圈 土圡 圧壓 堕墮 塁壘 塩鹽 増增 壊壞 壌壤 壮壯 声聲 壱壹 売賣 壺壷 変變 多夛 奥奧 奨奬 姫姬
嬢孃 学學 宝寶 実實 富冨 寛寬 寝寢 対對 寿壽 専專 将將 小⺌ 尭堯 尽盡 届屆 属屬 岳嶽 峡峽 峰峯 島嶋嶌 崎﨑嵜
巌巖 巣巢 巻卷 帯帶 帰歸 庁廳 広廣 床牀 廃廢 弁瓣辨辯 弐貳 弥彌 弯彎 弾彈 当當 彦彥 径徑 従從 徳德 徴徵 応應
恋戀 恒恆 恥耻 恵惠 悦悅 悩惱 悪惡 惨慘 慎愼 懐懷 戦戰 戯戲 戸戶 戻戾 払拂 抜拔 択擇 担擔 拝拜 拠據 拡擴
挙舉 挟挾 挿插 捜搜 掲揭 掴摑 掻搔 揺搖 摂攝 撃擊 撹攪 教敎 数數 斉齊⻫ 斎齋 断斷 旧舊 昇曻 昼晝 晋晉 晩晚
暁曉 暦曆 曁暨 曽曾 条條 来來 枢樞 柳栁 栄榮 桑桒 桜櫻 桝枡 桟棧 検檢 楡榆 楼樓 楽樂 様樣 槙槇 権權 横橫
橋𣘺槗 檜桧 欠缺 欧歐 歓歡 歩步 歯齒⻭ 歳歲 歴歷 残殘 殴毆 殻殼 毎每 民⺠ 気氣 汚污 没沒 沢澤 浄淨 浅淺
浜濱濵 涙淚 涛濤 清淸 渇渴 済濟 渉涉 渋澀 渓溪 渕淵 温溫 湾灣 湿溼濕 満滿 溌潑 滝瀧 滞滯 潜潛 瀬瀨 灯燈 炉爐
点點 為爲 焔焰 焼燒 煕熙凞 犠犧 状狀 独獨 狭狹 猟獵 猫貓 献獻 獣獸 珍珎 瑶瑤 産產 画畫 略畧 畳疊 痩瘦 痴癡
痺痹 発發 皐皋 盗盜 県縣 真眞 研硏 砕碎 礼禮 祢禰 祷禱 禄祿 禅禪 秋秌龝 秘祕 称稱 税稅 稲稻 穂穗 穏穩 穣穰
窃竊 竃竈 竜龍⻯ 節莭 籠篭 粋粹 粛肅 粧妝 糸絲 経經 絵繪 絶絕 継繼 続續 総總 緑綠 緒緖 縁緣 縄繩 縦縱 繊纖
繋繫 繍繡 缶罐 羊⺷ 群羣 聡聰 聴聽 胆膽 脚腳 脱脫 脳腦 臓臟 舎舍 舗鋪 船舩 芦蘆 芸藝 茎莖 荘莊 莱萊 萌萠
葱蔥 蒋蔣 蔵藏 薫薰 薬藥 薮藪 虎⻁ 虚虛 虫蟲 蚕蠶 蛍螢 蛎蠣 蛮蠻 蝉蟬 蝋蠟 衛衞 装裝 裏裡 西⻄ 覇霸 見⻅
覚覺 覧覽 観觀 角⻆ 触觸 訳譯 証證 誉譽 説說 読讀 謡謠 譲讓 豊豐 賛贊 贋贗 践踐 転轉 軽輕 輌輛 辞辭 辺邊邉
逓遞 連聯 遅遲 遙遥 郎郞 郷鄉鄕 酔醉 醗醱 醤醬 醸釀 釈釋 野埜 鉄鐵鐡 鉱鑛 銭錢 鋭銳 鋳鑄 錬鍊 録錄 鎮鎭
長⻑镸 門⻔ 関關 閲閱 闘鬥鬪 陥陷 陰隂 険險 随隨 隠隱 隣鄰 雑雜 雨⻗ 霊靈 青靑⻘ 静靜 頬頰 頴穎 頼賴 顔顏
顕顯 顛顚 食⻝ 飲飮 館舘 馬⻢ 駅驛 駆驅 騒騷 験驗 骨⻣ 髄髓 高髙 髪髮 鬼⻤ 魚⻥ 鯵鰺 鳥⻦ 鴎鷗 鶏雞鷄 鶴靏鸖
鹸鹼 麦麥⻨ 麹麴 麺麪 黄黃⻩ 黒黑 黙默 鼈鱉 齢齡
"""

# {code of a variant: the character that stands for its group}
STANDARD = {ord(variant): group[0] for group in _GROUPS.split() for variant in group[1:]}
