import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cardKey } from '../../src/domain/card.ts';
import { foldName, nameKey } from '../../src/domain/names.ts';

/** Names of people, and how cards or lists write them. */
const embossed = [
  ['Łukasz Nowak', 'LUKASZ NOWAK'],
  ['Jürgen Müller', 'JUERGEN MUELLER'],
  ['Jürgen Müller', 'JURGEN MULLER'],
  ['Anne-Marie Groß', 'ANNE MARIE GROSS'],
  ['Søren Ærø', 'SOEREN AEROE'],
  ['Bjørn Åse', 'BJORN ASE'],
  ['Zoë O’Neil', "ZOE O'NEIL"],
  ['François Lefèvre', 'FRANCOIS LEFEVRE'],
  ['Núñez, José María', 'JOSE MARIA NUNEZ'],
  ['João Gonçalves', 'JOAO GONCALVES'],
  ['Đorđe Đurić', 'DORDE DURIC'],
  ['Ján Ďurčanský', 'JAN DURCANSKY'],
  ['Șerban Țepeș', 'SERBAN TEPES'],
  ['Gyula Őry', 'GYULA ORY'],
  ['Þór Sigurðsson', 'THOR SIGURDSSON'],
  ['Ģirts Ķēniņš', 'GIRTS KENINS'],
  ['İbrahim Işık', 'IBRAHIM ISIK'],
  ['Ġorġ Ħal', 'GORG HAL'],
  ['Nguyễn Văn Đức', 'NGUYEN VAN DUC'],
  ['Əli Məmmədov', 'ELI MEMMEDOV'],
  ['Ｊｏｈｎ　Ｓｍｉｔｈ', 'JOHN SMITH'],
  ['Iosif Œuvré', 'IOSIF OEUVRE'],
  ['Ana\u200b Lima', 'ANA LIMA'],
  ['Mu\u0308ller', 'Müller'],
  ['Γιώργος Παπαδόπουλος', 'ΠΑΠΑΔΟΠΟΥΛΟΣ ΓΙΩΡΓΟΣ'],
  ['Иван Петров', 'ПЕТРОВ ИВАН'],
  ['מֹשֶׁה כֹּהֵן', 'משה כהן'],
  ['مُحَمَّد', 'محمد'],
  ['محـــمد', 'محمد'],
  ['राम कुमार', 'कुमार राम'],
  ['Олександр Шевченко', 'ШЕВЧЕНКО ОЛЕКСАНДР'],
  ['Наталія Ющенко', 'наталія  ющенко'],
  ['Јована Петровић', 'ПЕТРОВИЋ ЈОВАНА'],
  ['Ελένη Νικολάου', 'ΕΛΕΝΗ ΝΙΚΟΛΑΟΥ'],
  ['יוסף לוי', 'לוי, יוסף'],
  ['فاطِمة الزَهراء', 'فاطمة الزهراء'],
  ['प्रिया शर्मा', 'शर्मा प्रिया'],
  ['สมชาย ใจดี', 'ใจดี สมชาย'],
  ['김 민수', '민수 김'],
  ['山田 太郎', '太郎 山田'],
  ['やまだ たろう', 'たろう やまだ'],
  ['Անի Պետրոսյան', 'ՊԵՏՐՈՍՅԱՆ ԱՆԻ'],
  ['გიორგი ბერიძე', 'ბერიძე გიორგი'],
  ['Siân Llewellyn-Jones', 'SIAN LLEWELLYN JONES'],
  ['Åsa Öberg', 'ASA OEBERG'],
  ['Kārlis Bērziņš', 'KARLIS BERZINS'],
  ['Dvořák, Antonín', 'ANTONIN DVORAK'],
  ['Nilüfer Çağlar', 'NILUFER CAGLAR'],
  ['Tōru Satō', 'TORU SATO'],
  ['Maðs Køhler', 'MADS KOHLER'],
] as const;

test.each(embossed)('%s is %s', (name, other) => {
  expect(nameKey(name)).toBe(nameKey(other));
  expect(cardKey('4242', name)).toBe(cardKey('4242', other));
});

const different = [
  ['राम', 'रमा'],
  ['राम', 'रोम'],
  ['มานี', 'มานะ'],
  ['Йон', 'Ион'],
  ['かき', 'がき'],
  ['김민수', '김민서'],
  ['王伟', '王芳'],
  ['علي', 'عالي'],
  ['אורי', 'אורן'],
  ['Անի', 'Անա'],
  ['გია', 'გიო'],
  ['Anna Huber', 'Anna Gruber'],
  ['Иван', 'Ivan'],
] as const;

test.each(different)('%s is not %s', (one, other) => {
  expect(nameKey(one)).not.toBe(nameKey(other));
});

const alphabets = {
  Latin: 'BCDFGHIJKLMNPQRSTVWXYZ',
  Cyrillic: 'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯІЇЄЎ',
  Greek: 'ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ',
  Hebrew: 'אבגדהוזחטיכךלמםנןסעפףצץקרשת',
  Arabic: 'ابتثجحخدذرزسشصضطظعغفقكلمنهويأإآؤئة',
  Devanagari: 'कखगघचछजझटठडढतथदधनपफबभमयरलवशषसहािीुूेैोौ',
  Thai: 'กขคงจชซดตถทนบปผพฟมยรลวสหอาิีึืุูเแโ',
  Hangul: '김이박최정강조윤장임한오서신권황안송류홍',
  Han: '王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗',
  Kana: 'あいうえおかがきぎくぐけげこごさざしじすずせぜそぞ',
};

describe.each(Object.entries(alphabets))('%s', (_name, letters) => {
  const name = fc
    .array(fc.constantFrom(...Array.from(letters)), { minLength: 1, maxLength: 8 })
    .map((each) => each.join(''));

  test('names that differ in a letter stay apart', () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(foldName(a) === foldName(b)).toBe(a === b);
      }),
    );
  });

  test('case, blanks and the order of the words make no other name', () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(nameKey(` ${a.toLowerCase()}   ${b}`)).toBe(nameKey(`${b.toUpperCase()} ${a}`));
      }),
    );
  });
});

test('folding twice changes nothing', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom(...Array.from("AEOUaeouÄÖÜßøłÆœΑ가א\u0308\u0301\u0338\u0640 -.'")) }),
  );
  fc.assert(
    fc.property(text, (name) => {
      expect(foldName(foldName(name))).toBe(foldName(name));
      expect(nameKey(nameKey(name))).toBe(nameKey(name));
    }),
    { numRuns: 2000, examples: [['A\u2add\u0338'], ['Α\u0640\u0301'], ["ᄀ'ᅡ"]] },
  );
});
